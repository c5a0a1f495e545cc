import { SpanKind } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import { beforeEach, describe, expect, it } from 'vitest'
import { processRedis } from '../src/index.ts'
import { idOf, linksOf, setUp } from './bench.ts'

const bench = setUp()

describe('handling', () => {
  beforeEach(async () => {
    await bench().bare.xgroup('CREATE', bench().stream, 'workers', '0', 'MKSTREAM')
  })
  const read = (id = '>') =>
    bench().redis.xreadgroup('GROUP', 'workers', 'me', 'COUNT', 10, 'STREAMS', bench().stream, id)

  it('tells of an entry what its id and its group tell', async () => {
    const id = await bench().redis.xadd(bench().stream, '*', 'a', 'b')
    await processRedis(await read(), async () => undefined)
    const span = await bench().recorder.waitFor(bench().named('process'))
    expect(span.kind).toBe(SpanKind.CONSUMER)
    expect(span.attributes).toMatchObject({
      [names.FLOWSTITCH_MESSAGE_COORDINATE]: `redis/${bench().stream}/${id}`,
      [names.FLOWSTITCH_MESSAGE_ATTEMPT]: 1,
      [names.FLOWSTITCH_MESSAGE_BROKER_TIME]: Number(id?.split('-')[0]),
      [names.MESSAGING_CONSUMER_GROUP_NAME]: 'workers',
      [names.MESSAGING_CLIENT_ID]: 'me',
      [names.FLOWSTITCH_RELATION]: 'parent',
    })
  })

  it('again, by whatever way, is a later attempt with a link', async () => {
    await bench().redis.xadd(bench().stream, '*', 'a', 'b')
    const first = await read()
    const [id = ''] = first?.[0]?.[1][0] ?? []
    await processRedis(await read('0'), () => undefined)
    await processRedis(
      (await bench().redis.xautoclaim(bench().stream, 'workers', 'other', 0, '0'))[1] as unknown[],
      () => undefined,
    )
    await processRedis(await bench().redis.xclaim(bench().stream, 'workers', 'third', 0, id), () => undefined)
    expect(await bench().redis.xclaim(bench().stream, 'workers', 'third', 0, id, 'JUSTID')).toEqual([id])
    const spans = await bench().recorder.waitForAll(bench().named('process'), 3)
    expect(spans.map((span) => span.attributes[names.MESSAGING_CLIENT_ID])).toEqual(['me', 'other', 'third'])
    for (const span of spans) {
      expect(span.attributes).toMatchObject({
        [names.FLOWSTITCH_MESSAGE_ATTEMPT]: 2,
        [names.FLOWSTITCH_RELATION_REASON]: 'redelivery',
      })
    }
    expect(bench().recorder.spans.filter(({ name }) => name.startsWith('xautoclaim'))).toHaveLength(1)
    expect(bench().recorder.spans.filter(({ name }) => name.startsWith('xclaim'))).toHaveLength(1)
  })

  it('of a reply stops at the first failure', async () => {
    for (const n of [1, 2, 3]) await bench().redis.xadd(bench().stream, '*', 'n', n)
    const seen: unknown[] = []
    const handled = processRedis(await read(), (entry) => {
      seen.push(entry[1]?.[1])
      if (seen.length === 2) throw new RangeError('boom')
    })
    await expect(handled).rejects.toThrow('boom')
    expect(seen).toEqual(['1', '2'])
    await expect(processRedis(null, () => undefined)).resolves.toBeUndefined()
  })

  it('of an entry of a bare client takes its source from the caller', async () => {
    await bench().redis.xadd(bench().stream, '*', 'a', 'b')
    const [entry] = (await bench().bare.xread('STREAMS', bench().stream, '0'))?.[0]?.[1] ?? []
    expect(processRedis(entry!, ([, fields]) => fields?.[0], { stream: bench().stream, group: 'g' })).toBe(
      'a',
    )
    const span = await bench().recorder.waitFor(bench().named('process'))
    expect(linksOf(span)).toEqual([idOf(await bench().recorder.waitFor(bench().named('xadd')))])
  })

  it('is settled by XACK, from this client or another', async () => {
    const other = bench().traced()
    for (const n of [1, 2, 3]) await bench().redis.xadd(bench().stream, '*', 'n', n)
    const ids: string[] = []
    await processRedis(await read(), async ([id]) => {
      ids.push(id)
      if (ids.length === 1) await other.xack(bench().stream, 'workers', id)
    })
    expect(await bench().redis.xack(bench().stream, 'workers', ...ids.slice(1))).toBe(2)
    const [one, both] = await bench().recorder.waitForAll(bench().named('xack'), 2)
    const [first] = await bench().recorder.waitForAll(bench().named('process'), 3)
    const sent = await bench().recorder.waitForAll(bench().named('xadd'), 3)
    expect(one?.parentSpanContext?.spanId).toBe(idOf(first))
    expect(first?.attributes[names.FLOWSTITCH_SETTLEMENT]).toBe('xack')
    expect(linksOf(one)).toEqual([idOf(sent[0])])
    expect(linksOf(both)).toEqual([idOf(sent[1]), idOf(sent[2])])
    expect(both?.attributes[names.MESSAGING_BATCH_MESSAGE_COUNT]).toBe(2)
  })
})
