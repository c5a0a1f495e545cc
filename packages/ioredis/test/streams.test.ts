import { randomUUID } from 'node:crypto'
import { context, SpanKind, trace } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import type { Redis, RedisOptions as ClientOptions } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { instrumentRedis, processRedis, type RedisOptions } from '../src/index.ts'
import { connectRedis, recordOf } from './support.ts'

const clients: Redis[] = []
let recorder: SpanRecorder
let stream: string
let bare: Redis
let redis: Redis

function client(options?: ClientOptions): Redis {
  const made = connectRedis(options)
  clients.push(made)
  return made
}

function traced(options?: RedisOptions, of?: ClientOptions): Redis {
  return instrumentRedis(client(of), options)
}

beforeEach(() => {
  recorder = recordSpans()
  stream = `test-${randomUUID()}`
  bare = client()
  redis = traced()
})

afterEach(async () => {
  await bare.del(stream)
  for (const one of clients.splice(0)) one.disconnect()
  await recorder.shutdown()
})

type Spans = Awaited<ReturnType<SpanRecorder['waitForAll']>>
const named = (name: string) => (span: Spans[number]) => span.name === `${name} ${stream}`
const idOf = (span: Spans[number] | undefined): string | undefined => span?.spanContext().spanId
const linksOf = (span: Spans[number] | undefined): string[] =>
  (span?.links ?? []).map((link) => link.context.spanId)

/** The entries' fields as they stand in the stream. */
async function stored(): Promise<Record<string, string>[]> {
  return (await bare.xrange(stream, '-', '+')).map(([, fields]) => recordOf(fields ?? []))
}

/** Adds two entries out of two contexts, by way of what is given. */
async function addTwo(add: (body: string) => unknown): Promise<Spans> {
  const spans = ['one', 'two'].map((name) => trace.getTracer('test').startSpan(name))
  for (const span of spans) {
    context.with(trace.setSpan(context.active(), span), () => add(span.spanContext().spanId))
  }
  for (const span of spans) span.end()
  return recorder.waitForAll((span) => span.name === 'one' || span.name === 'two', 2)
}

async function group(): Promise<void> {
  await bare.xgroup('CREATE', stream, 'workers', '0', 'MKSTREAM')
}

describe('XADD', () => {
  it.each<[string, (args: (string | Buffer | number)[]) => Promise<unknown>]>([
    ['variadic', ([id, ...fields]) => redis.xadd(stream, id!, ...fields)],
    ['with arguments in a list', (args) => redis.xadd(stream, args as never)],
    [
      'NOMKSTREAM',
      async (args) => {
        await bare.xgroup('CREATE', stream, 'g', '0', 'MKSTREAM')
        return redis.xadd(stream, 'NOMKSTREAM', ...args)
      },
    ],
    ['MAXLEN', (args) => redis.xadd(stream, 'MAXLEN', 10, ...args)],
    ['MAXLEN ~ LIMIT', (args) => redis.xadd(stream, 'maxlen', '~', 10, 'limit', 5, ...args)],
    ['MINID =', (args) => redis.xadd(stream, 'MINID', '=', '1-1', ...args)],
    ['xaddBuffer', (args) => redis.xaddBuffer(stream, ...args)],
    [
      'with Buffers',
      (args) => redis.xadd(Buffer.from(stream), ...args.map((arg) => Buffer.from(String(arg)))),
    ],
    ['call', (args) => redis.call('XADD', [stream, ...args])],
    [
      'with a callback',
      (args) =>
        new Promise((resolve, reject) => {
          void redis.xadd(stream, ...args, (error: unknown, id: unknown) =>
            error instanceof Error ? reject(error) : resolve(id),
          )
        }),
    ],
    [
      'with a keyPrefix',
      async ([id, ...fields]) =>
        traced({}, { keyPrefix: stream.slice(0, 8) }).xadd(stream.slice(8), id!, ...fields),
    ],
    ['by automatic pipelining', (args) => traced({}, { enableAutoPipelining: true }).xadd(stream, ...args)],
  ])('%s', async (_, add) => {
    const id = String(await add(['*', 'order', 7]))
    const [fields] = await stored()
    const span = await recorder.waitFor(named('xadd'))
    expect(fields).toMatchObject({ order: '7', traceparent: expect.stringContaining(idOf(span) ?? '-') })
    expect(span.kind).toBe(SpanKind.PRODUCER)
    expect(span.attributes).toMatchObject({
      [names.FLOWSTITCH_MESSAGE_COORDINATE]: `redis/${stream}/${id}`,
      [names.MESSAGING_MESSAGE_ID]: id,
      [names.FLOWSTITCH_MESSAGE_BROKER_TIME]: Number(id.split('-')[0]),
      [names.SERVER_ADDRESS]: '127.0.0.1',
    })
    expect(recorder.spans).toHaveLength(1)
  })

  it('that Redis refuses fails as it does without us, by the word of the server', async () => {
    await bare.set(stream, 'a string')
    await expect(redis.xadd(stream, '*', 'a', 'b')).rejects.toMatchObject({ name: 'ReplyError' })
    const span = await recorder.waitFor(named('xadd'))
    expect(span.attributes[names.ERROR_TYPE]).toBe('WRONGTYPE')
  })

  it.each([[[]], [['*']], [['*', 'lonely']], [['UNKNOWN', '*', 'a', 'b']], [['MAXLEN']]])(
    'with arguments %j is left to Redis to refuse',
    async (args) => {
      const theirs = (await bare.xadd(stream, ...args).catch((error: Error) => error)) as Error
      const ours = (await redis.xadd(stream, ...args).catch((error: Error) => error)) as Error
      expect(ours.message).toBe(theirs.message)
      expect(await bare.exists(stream)).toBe(0)
    },
  )

  it('with an id of its own has no broker time', async () => {
    await redis.xadd(stream, '1-1', 'a', 'b')
    const span = await recorder.waitFor(named('xadd'))
    expect(span.attributes[names.FLOWSTITCH_MESSAGE_COORDINATE]).toBe(`redis/${stream}/1-1`)
    expect(span.attributes[names.FLOWSTITCH_MESSAGE_BROKER_TIME]).toBeUndefined()
  })

  it('that adds nothing has no coordinate', async () => {
    expect(await redis.xadd(stream, 'NOMKSTREAM', '*', 'a', 'b')).toBeNull()
    const span = await recorder.waitFor(named('xadd'))
    expect(span.attributes[names.FLOWSTITCH_MESSAGE_COORDINATE]).toBeUndefined()
    expect(span.status.code).toBe(0)
  })
})

describe('pipelines', () => {
  it.each(['pipeline', 'multi'] as const)(
    '%s: each command is a span below where it was called',
    async (kind) => {
      const batch = redis[kind]()
      const parents = await addTwo((body) => batch.xadd(stream, '*', 'body', body))
      const results = await batch.set(`${stream}-other`, '1').exec()
      expect(results?.map(([error]) => error)).toEqual([null, null, null])
      const spans = await recorder.waitForAll(named('xadd'), 2)
      const entries = await stored()
      for (const [index, span] of spans.entries()) {
        expect(span.parentSpanContext?.spanId).toBe(idOf(parents[index]))
        expect(span.attributes[names.MESSAGING_MESSAGE_ID]).toBe(results?.[index]?.[1])
        expect(entries[index]).toMatchObject({
          body: idOf(parents[index]),
          traceparent: expect.stringContaining(idOf(span) ?? '-'),
        })
      }
      await bare.del(`${stream}-other`)
    },
  )

  it('made by the client itself keep the contexts apart', async () => {
    const automatic = traced({}, { enableAutoPipelining: true })
    const adding: Promise<unknown>[] = []
    const parents = await addTwo((body) => adding.push(automatic.xadd(stream, '*', 'body', body)))
    await Promise.all(adding)
    const spans = await recorder.waitForAll(named('xadd'), 2)
    expect(new Set(spans.map((span) => span.parentSpanContext?.spanId))).toEqual(new Set(parents.map(idOf)))
  })

  it('given as a list are traced too', async () => {
    const results = await redis.multi([['xadd', stream, '*', 'a', 'b']]).exec()
    const span = await recorder.waitFor(named('xadd'))
    expect(span.attributes[names.MESSAGING_MESSAGE_ID]).toBe(results?.[0]?.[1])
  })

  it('that are discarded fail their sends, and end their spans', async () => {
    await redis.watch(stream)
    await bare.xadd(stream, '*', 'another', 'client')
    expect(await redis.multi().xadd(stream, '*', 'a', 'b').exec()).toBeNull()
    const span = await recorder.waitFor(named('xadd'))
    expect(span.status.message).toBe('The transaction was discarded')
    await bare.set(`${stream}-text`, 'x')
    const [, failed] =
      (await redis.pipeline().set(stream, 'x').xadd(`${stream}-text`, '*', 'a', 'b').exec()) ?? []
    expect(failed?.[0]?.message).toMatch(/^WRONGTYPE/)
    await recorder.waitFor((one) => one.attributes[names.ERROR_TYPE] === 'WRONGTYPE')
    expect(recorder.open).toBe(0)
    await bare.del(`${stream}-text`)
  })

  it('that are never sent leave nothing open', () => {
    redis.pipeline().xadd(stream, '*', 'a', 'b')
    expect(recorder.open).toBe(0)
  })

  it('of a transaction without one answer as they do', async () => {
    await redis.multi({ pipeline: false })
    expect(await redis.xadd(stream, '*', 'a', 'b')).toBe('QUEUED')
    const results = await redis.exec()
    expect(results?.[0]?.[1]).toMatch(/^\d+-\d+$/)
    expect((await recorder.waitFor(named('xadd'))).status.code).toBe(0)
  })
})

describe('reading', () => {
  const read = (from: Redis, id = '>') =>
    from.xreadgroup('GROUP', 'workers', 'me', 'COUNT', 10, 'STREAMS', stream, id)

  it('is a receive span with a link to each entry; the fields of ours are not seen', async () => {
    await group()
    for (const n of [1, 2, 3]) await redis.xadd(stream, '*', 'n', n)
    const reply = await read(redis)
    expect(reply?.[0]?.[1].map(([, fields]) => fields)).toEqual([
      ['n', '1'],
      ['n', '2'],
      ['n', '3'],
    ])
    const sent = await recorder.waitForAll(named('xadd'), 3)
    const received = await recorder.waitFor(named('xreadgroup'))
    expect(received.kind).toBe(SpanKind.CLIENT)
    expect(linksOf(received)).toEqual(sent.map(idOf))
    expect(received.attributes).toMatchObject({
      [names.MESSAGING_BATCH_MESSAGE_COUNT]: 3,
      [names.MESSAGING_CONSUMER_GROUP_NAME]: 'workers',
      [names.MESSAGING_CLIENT_ID]: 'me',
    })
  })

  it('that brings nothing makes no span', async () => {
    await group()
    expect(await read(redis)).toBeNull()
    expect(await redis.xread('BLOCK', 10, 'STREAMS', stream, '$')).toBeNull()
    expect(recorder.spans).toHaveLength(0)
  })

  it.each<[string, (reader: Redis) => Promise<unknown>, ClientOptions]>([
    ['RESP2', (reader) => read(reader), { protocol: 2 }],
    ['the mapping of RESP3', (reader) => read(reader), { replyMapping: 'resp3' }],
    ['Buffers', (reader) => reader.xreadgroupBuffer('GROUP', 'workers', 'me', 'STREAMS', stream, '>'), {}],
    [
      'Buffers in the mapping of RESP3',
      (reader) => reader.xreadgroupBuffer('GROUP', 'workers', 'me', 'STREAMS', stream, '>'),
      { replyMapping: 'resp3' },
    ],
    ['call', (reader) => reader.call('xReadGroup', 'GROUP', 'workers', 'me', 'STREAMS', stream, '>'), {}],
    [
      'call in RESP2',
      (reader) => reader.call('XREADGROUP', 'GROUP', 'workers', 'me', 'STREAMS', stream, '>'),
      { protocol: 2 },
    ],
    ['XREAD', (reader) => reader.xread('COUNT', 1, 'STREAMS', stream, '0'), {}],
  ])('%s: the reply is what a bare client gets of an entry that was added bare', async (_, ask, options) => {
    await group()
    await bare.xadd(stream, '1-1', 'order', '7')
    const theirs = await ask(client(options))
    await bare.del(stream)
    await group()
    await redis.xadd(stream, '1-1', 'order', '7')
    const ours = await ask(traced({}, options))
    expect(ours).toEqual(theirs)
    let sender: string[] = []
    await processRedis(ours as unknown[], () => {
      sender = [trace.getActiveSpan()?.spanContext().traceId ?? '']
    })
    expect(sender).toEqual([(await recorder.waitFor(named('xadd'))).spanContext().traceId])
  })

  it('leaves what the application has put in itself', async () => {
    const own = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'vendor=1' }
    await redis.xadd(stream, '*', ...Object.entries(own).flat(), 'order', '7')
    const reply = await redis.xread('STREAMS', stream, '0')
    expect(recordOf(reply?.[0]?.[1][0]?.[1] ?? [])).toEqual({ ...own, order: '7' })
    const received = await recorder.waitFor(named('xread'))
    expect(linksOf(received)).toEqual(['b'.repeat(16)])
  })

  it('takes our fields out without an SDK too, and leaves ignored streams alone', async () => {
    await redis.xadd(stream, '*', 'a', 'b')
    await recorder.shutdown()
    expect((await redis.xread('STREAMS', stream, '0'))?.[0]?.[1][0]?.[1]).toEqual(['a', 'b'])
    const ignoring = traced({ ignore: () => true })
    expect((await ignoring.xread('STREAMS', stream, '0'))?.[0]?.[1][0]?.[1]).toContain('traceparent')
  })

  it('of several streams has no destination of its own', async () => {
    const other = `${stream}-other`
    await redis.xadd(stream, '*', 'a', '1')
    await redis.xadd(other, '*', 'a', '2')
    const reply = await redis.xread('STREAMS', stream, other, '0', '0')
    const streams: string[] = []
    await processRedis(reply, (_, from) => streams.push(from))
    expect(streams).toEqual([stream, other])
    const received = await recorder.waitFor((span) => span.name.startsWith('xread'))
    expect(received.name).toBe(`xread 127.0.0.1:${redis.options.port}`)
    expect(received.links.map(({ attributes }) => attributes?.[names.MESSAGING_DESTINATION_NAME])).toEqual(
      streams,
    )
    await bare.del(other)
  })

  it('survives entries that are deleted, and fields that are garbage', async () => {
    await group()
    const id = await bare.xadd(stream, '*', 'traceparent', 'garbage', 'tracestate', 'flowstitch=1-x')
    await bare.xadd(
      stream,
      '*',
      Buffer.from([0xff, 0xfe]),
      Buffer.from([0]),
      'traceparent',
      Buffer.from([0xff]),
    )
    expect(await read(redis)).toHaveLength(1)
    await bare.xdel(stream, id!)
    const [[, entries] = ['', []]] = (await read(redis, '0')) ?? []
    expect(entries[0]).toEqual([id, null])
    await processRedis(entries, () => undefined)
    const spans = await recorder.waitForAll(named('process'), 2)
    for (const span of spans) expect(linksOf(span)).toEqual([])
  })
})

describe('handling', () => {
  beforeEach(async () => {
    await bare.xgroup('CREATE', stream, 'workers', '0', 'MKSTREAM')
  })
  const read = (id = '>') => redis.xreadgroup('GROUP', 'workers', 'me', 'COUNT', 10, 'STREAMS', stream, id)

  it('tells of an entry what its id and its group tell', async () => {
    const id = await redis.xadd(stream, '*', 'a', 'b')
    await processRedis(await read(), async () => undefined)
    const span = await recorder.waitFor(named('process'))
    expect(span.kind).toBe(SpanKind.CONSUMER)
    expect(span.attributes).toMatchObject({
      [names.FLOWSTITCH_MESSAGE_COORDINATE]: `redis/${stream}/${id}`,
      [names.FLOWSTITCH_MESSAGE_ATTEMPT]: 1,
      [names.FLOWSTITCH_MESSAGE_BROKER_TIME]: Number(id?.split('-')[0]),
      [names.MESSAGING_CONSUMER_GROUP_NAME]: 'workers',
      [names.MESSAGING_CLIENT_ID]: 'me',
      [names.FLOWSTITCH_RELATION]: 'parent',
    })
  })

  it('again, by whatever way, is a later attempt with a link', async () => {
    await redis.xadd(stream, '*', 'a', 'b')
    const first = await read()
    const [id = ''] = first?.[0]?.[1][0] ?? []
    await processRedis(await read('0'), () => undefined)
    await processRedis(
      (await redis.xautoclaim(stream, 'workers', 'other', 0, '0'))[1] as unknown[],
      () => undefined,
    )
    await processRedis(await redis.xclaim(stream, 'workers', 'third', 0, id), () => undefined)
    expect(await redis.xclaim(stream, 'workers', 'third', 0, id, 'JUSTID')).toEqual([id])
    const spans = await recorder.waitForAll(named('process'), 3)
    expect(spans.map((span) => span.attributes[names.MESSAGING_CLIENT_ID])).toEqual(['me', 'other', 'third'])
    for (const span of spans) {
      expect(span.attributes).toMatchObject({
        [names.FLOWSTITCH_MESSAGE_ATTEMPT]: 2,
        [names.FLOWSTITCH_RELATION_REASON]: 'redelivery',
      })
    }
    expect(recorder.spans.filter(({ name }) => name.startsWith('xautoclaim'))).toHaveLength(1)
    expect(recorder.spans.filter(({ name }) => name.startsWith('xclaim'))).toHaveLength(1)
  })

  it('of a reply stops at the first failure', async () => {
    for (const n of [1, 2, 3]) await redis.xadd(stream, '*', 'n', n)
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
    await redis.xadd(stream, '*', 'a', 'b')
    const [entry] = (await bare.xread('STREAMS', stream, '0'))?.[0]?.[1] ?? []
    expect(processRedis(entry!, ([, fields]) => fields?.[0], { stream, group: 'g' })).toBe('a')
    const span = await recorder.waitFor(named('process'))
    expect(linksOf(span)).toEqual([idOf(await recorder.waitFor(named('xadd')))])
  })

  it('is settled by XACK, from this client or another', async () => {
    const other = traced()
    for (const n of [1, 2, 3]) await redis.xadd(stream, '*', 'n', n)
    const ids: string[] = []
    await processRedis(await read(), async ([id]) => {
      ids.push(id)
      if (ids.length === 1) await other.xack(stream, 'workers', id)
    })
    expect(await redis.xack(stream, 'workers', ...ids.slice(1))).toBe(2)
    const [one, both] = await recorder.waitForAll(named('xack'), 2)
    const [first] = await recorder.waitForAll(named('process'), 3)
    const sent = await recorder.waitForAll(named('xadd'), 3)
    expect(one?.parentSpanContext?.spanId).toBe(idOf(first))
    expect(first?.attributes[names.FLOWSTITCH_SETTLEMENT]).toBe('xack')
    expect(linksOf(one)).toEqual([idOf(sent[0])])
    expect(linksOf(both)).toEqual([idOf(sent[1]), idOf(sent[2])])
    expect(both?.attributes[names.MESSAGING_BATCH_MESSAGE_COUNT]).toBe(2)
  })
})

describe('the client', () => {
  it('traces what its duplicates do', async () => {
    const duplicate = redis.duplicate()
    clients.push(duplicate)
    await duplicate.xadd(stream, '*', 'a', 'b')
    await recorder.waitFor(named('xadd'))
    expect(recorder.spans).toHaveLength(1)
  })

  it('fails a command without a name as it does without us', async () => {
    const failure = async (of: Redis): Promise<unknown> => {
      try {
        return await (of.call as () => unknown)()
      } catch (error) {
        return error
      }
    }
    expect(await failure(redis)).toEqual(await failure(bare))
  })

  it('is left alone but for streams', async () => {
    await redis.set(stream, 'x')
    await redis.publish(stream, 'x')
    await redis.lpush(`${stream}-list`, 'x')
    await redis.del(stream, `${stream}-list`)
    await redis.xlen(stream)
    expect(recorder.spans).toHaveLength(0)
  })

  it('ends the spans of commands that a lost connection fails', async () => {
    const lost = traced()
    await lost.ping()
    const reading = lost.xread('BLOCK', 0, 'STREAMS', stream, '$')
    lost.disconnect()
    await expect(reading).rejects.toThrow('Connection is closed.')
    await expect(lost.xadd(stream, '*', 'a', 'b')).rejects.toThrow('Connection is closed.')
    await recorder.waitFor(named('xadd'))
    await recorder.waitFor(named('xread'))
    expect(recorder.open).toBe(0)
  })

  it('sends once what it had to queue until it was connected', async () => {
    const lazy = traced({}, { lazyConnect: true })
    await Promise.all([lazy.xadd(stream, '*', 'a', '1'), lazy.xadd(stream, '*', 'a', '2')])
    const entries = await stored()
    expect(entries.map((entry) => Object.keys(entry))).toEqual([
      ['a', 'traceparent', 'tracestate'],
      ['a', 'traceparent', 'tracestate'],
    ])
    expect(recorder.spans).toHaveLength(2)
  })
})
