import { SpanKind, trace } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import type { Redis, RedisOptions as ClientOptions } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { processRedis } from '../src/index.ts'
import { idOf, linksOf, setUp } from './bench.ts'
import { recordOf } from './support.ts'

const bench = setUp()

describe('reading', () => {
  const read = (from: Redis, id = '>') =>
    from.xreadgroup('GROUP', 'workers', 'me', 'COUNT', 10, 'STREAMS', bench().stream, id)

  it('is a receive span with a link to each entry; the fields of ours are not seen', async () => {
    await bench().group()
    for (const n of [1, 2, 3]) await bench().redis.xadd(bench().stream, '*', 'n', n)
    const reply = await read(bench().redis)
    expect(reply?.[0]?.[1].map(([, fields]) => fields)).toEqual([
      ['n', '1'],
      ['n', '2'],
      ['n', '3'],
    ])
    const sent = await bench().recorder.waitForAll(bench().named('xadd'), 3)
    const received = await bench().recorder.waitFor(bench().named('xreadgroup'))
    expect(received.kind).toBe(SpanKind.CLIENT)
    expect(linksOf(received)).toEqual(sent.map(idOf))
    expect(received.attributes).toMatchObject({
      [names.MESSAGING_BATCH_MESSAGE_COUNT]: 3,
      [names.MESSAGING_CONSUMER_GROUP_NAME]: 'workers',
      [names.MESSAGING_CLIENT_ID]: 'me',
    })
  })

  it('that brings nothing makes no span', async () => {
    await bench().group()
    expect(await read(bench().redis)).toBeNull()
    expect(await bench().redis.xread('BLOCK', 10, 'STREAMS', bench().stream, '$')).toBeNull()
    expect(bench().recorder.spans).toHaveLength(0)
  })

  it.each<[string, (reader: Redis) => Promise<unknown>, ClientOptions]>([
    ['RESP2', (reader) => read(reader), { protocol: 2 }],
    ['the mapping of RESP3', (reader) => read(reader), { replyMapping: 'resp3' }],
    [
      'Buffers',
      (reader) => reader.xreadgroupBuffer('GROUP', 'workers', 'me', 'STREAMS', bench().stream, '>'),
      {},
    ],
    [
      'Buffers in the mapping of RESP3',
      (reader) => reader.xreadgroupBuffer('GROUP', 'workers', 'me', 'STREAMS', bench().stream, '>'),
      { replyMapping: 'resp3' },
    ],
    [
      'call',
      (reader) => reader.call('xReadGroup', 'GROUP', 'workers', 'me', 'STREAMS', bench().stream, '>'),
      {},
    ],
    [
      'call in RESP2',
      (reader) => reader.call('XREADGROUP', 'GROUP', 'workers', 'me', 'STREAMS', bench().stream, '>'),
      { protocol: 2 },
    ],
    ['XREAD', (reader) => reader.xread('COUNT', 1, 'STREAMS', bench().stream, '0'), {}],
  ])(
    '%s: the reply is what a bench().bare client gets of an entry that was added bare',
    async (_, ask, options) => {
      await bench().group()
      await bench().bare.xadd(bench().stream, '1-1', 'order', '7')
      const theirs = await ask(bench().client(options))
      await bench().bare.del(bench().stream)
      await bench().group()
      await bench().redis.xadd(bench().stream, '1-1', 'order', '7')
      const ours = await ask(bench().traced({}, options))
      expect(ours).toEqual(theirs)
      let sender: string[] = []
      await processRedis(ours as unknown[], () => {
        sender = [trace.getActiveSpan()?.spanContext().traceId ?? '']
      })
      expect(sender).toEqual([(await bench().recorder.waitFor(bench().named('xadd'))).spanContext().traceId])
    },
  )

  it('leaves what the application has put in itself', async () => {
    const own = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'vendor=1' }
    await bench().redis.xadd(bench().stream, '*', ...Object.entries(own).flat(), 'order', '7')
    const reply = await bench().redis.xread('STREAMS', bench().stream, '0')
    expect(recordOf(reply?.[0]?.[1][0]?.[1] ?? [])).toEqual({ ...own, order: '7' })
    const received = await bench().recorder.waitFor(bench().named('xread'))
    expect(linksOf(received)).toEqual(['b'.repeat(16)])
  })

  it('takes our fields out without an SDK too, and leaves ignored streams alone', async () => {
    await bench().redis.xadd(bench().stream, '*', 'a', 'b')
    await bench().recorder.shutdown()
    expect((await bench().redis.xread('STREAMS', bench().stream, '0'))?.[0]?.[1][0]?.[1]).toEqual(['a', 'b'])
    const ignoring = bench().traced({ ignore: () => true })
    expect((await ignoring.xread('STREAMS', bench().stream, '0'))?.[0]?.[1][0]?.[1]).toContain('traceparent')
  })

  it('of several streams has no destination of its own', async () => {
    const other = `${bench().stream}-other`
    await bench().redis.xadd(bench().stream, '*', 'a', '1')
    await bench().redis.xadd(other, '*', 'a', '2')
    const reply = await bench().redis.xread('STREAMS', bench().stream, other, '0', '0')
    const streams: string[] = []
    await processRedis(reply, (_, from) => streams.push(from))
    expect(streams).toEqual([bench().stream, other])
    const received = await bench().recorder.waitFor((span) => span.name.startsWith('xread'))
    expect(received.name).toBe(`xread 127.0.0.1:${bench().redis.options.port}`)
    expect(received.links.map(({ attributes }) => attributes?.[names.MESSAGING_DESTINATION_NAME])).toEqual(
      streams,
    )
    await bench().bare.del(other)
  })

  it('survives entries that are deleted, and fields that are garbage', async () => {
    await bench().group()
    const id = await bench().bare.xadd(
      bench().stream,
      '*',
      'traceparent',
      'garbage',
      'tracestate',
      'flowstitch=1-x',
    )
    await bench().bare.xadd(
      bench().stream,
      '*',
      Buffer.from([0xff, 0xfe]),
      Buffer.from([0]),
      'traceparent',
      Buffer.from([0xff]),
    )
    expect(await read(bench().redis)).toHaveLength(1)
    await bench().bare.xdel(bench().stream, id!)
    const [[, entries] = ['', []]] = (await read(bench().redis, '0')) ?? []
    expect(entries[0]).toEqual([id, null])
    await processRedis(entries, () => undefined)
    const spans = await bench().recorder.waitForAll(bench().named('process'), 2)
    for (const span of spans) expect(linksOf(span)).toEqual([])
  })
})
