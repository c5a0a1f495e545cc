import { SpanKind } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import { describe, expect, it } from 'vitest'
import { idOf, setUp } from './bench.ts'

const bench = setUp()

describe('XADD', () => {
  it.each<[string, (args: (string | Buffer | number)[]) => Promise<unknown>]>([
    ['variadic', ([id, ...fields]) => bench().redis.xadd(bench().stream, id!, ...fields)],
    ['with arguments in a list', (args) => bench().redis.xadd(bench().stream, args as never)],
    [
      'NOMKSTREAM',
      async (args) => {
        await bench().bare.xgroup('CREATE', bench().stream, 'g', '0', 'MKSTREAM')
        return bench().redis.xadd(bench().stream, 'NOMKSTREAM', ...args)
      },
    ],
    ['MAXLEN', (args) => bench().redis.xadd(bench().stream, 'MAXLEN', 10, ...args)],
    ['MAXLEN ~ LIMIT', (args) => bench().redis.xadd(bench().stream, 'maxlen', '~', 10, 'limit', 5, ...args)],
    ['MINID =', (args) => bench().redis.xadd(bench().stream, 'MINID', '=', '1-1', ...args)],
    ['xaddBuffer', (args) => bench().redis.xaddBuffer(bench().stream, ...args)],
    [
      'with Buffers',
      (args) =>
        bench().redis.xadd(Buffer.from(bench().stream), ...args.map((arg) => Buffer.from(String(arg)))),
    ],
    ['call', (args) => bench().redis.call('XADD', [bench().stream, ...args])],
    [
      'with a callback',
      (args) =>
        new Promise((resolve, reject) => {
          void bench().redis.xadd(bench().stream, ...args, (error: unknown, id: unknown) =>
            error instanceof Error ? reject(error) : resolve(id),
          )
        }),
    ],
    [
      'with a keyPrefix',
      async ([id, ...fields]) =>
        bench()
          .traced({}, { keyPrefix: bench().stream.slice(0, 8) })
          .xadd(bench().stream.slice(8), id!, ...fields),
    ],
    [
      'by automatic pipelining',
      (args) =>
        bench()
          .traced({}, { enableAutoPipelining: true })
          .xadd(bench().stream, ...args),
    ],
  ])('%s', async (_, add) => {
    const id = String(await add(['*', 'order', 7]))
    const [fields] = await bench().stored()
    const span = await bench().recorder.waitFor(bench().named('xadd'))
    expect(fields).toMatchObject({ order: '7', traceparent: expect.stringContaining(idOf(span) ?? '-') })
    expect(span.kind).toBe(SpanKind.PRODUCER)
    expect(span.attributes).toMatchObject({
      [names.FLOWSTITCH_MESSAGE_COORDINATE]: `redis/${bench().stream}/${id}`,
      [names.MESSAGING_MESSAGE_ID]: id,
      [names.FLOWSTITCH_MESSAGE_BROKER_TIME]: Number(id.split('-')[0]),
      [names.SERVER_ADDRESS]: '127.0.0.1',
    })
    expect(bench().recorder.spans).toHaveLength(1)
  })

  it('that Redis refuses fails as it does without us, by the word of the server', async () => {
    await bench().bare.set(bench().stream, 'a string')
    await expect(bench().redis.xadd(bench().stream, '*', 'a', 'b')).rejects.toMatchObject({
      name: 'ReplyError',
    })
    const span = await bench().recorder.waitFor(bench().named('xadd'))
    expect(span.attributes[names.ERROR_TYPE]).toBe('WRONGTYPE')
  })

  it.each([[[]], [['*']], [['*', 'lonely']], [['UNKNOWN', '*', 'a', 'b']], [['MAXLEN']]])(
    'with arguments %j is left to Redis to refuse',
    async (args) => {
      const theirs = (await bench()
        .bare.xadd(bench().stream, ...args)
        .catch((error: Error) => error)) as Error
      const ours = (await bench()
        .redis.xadd(bench().stream, ...args)
        .catch((error: Error) => error)) as Error
      expect(ours.message).toBe(theirs.message)
      expect(await bench().bare.exists(bench().stream)).toBe(0)
    },
  )

  it('with an id of its own has no broker time', async () => {
    await bench().redis.xadd(bench().stream, '1-1', 'a', 'b')
    const span = await bench().recorder.waitFor(bench().named('xadd'))
    expect(span.attributes[names.FLOWSTITCH_MESSAGE_COORDINATE]).toBe(`redis/${bench().stream}/1-1`)
    expect(span.attributes[names.FLOWSTITCH_MESSAGE_BROKER_TIME]).toBeUndefined()
  })

  it('that adds nothing has no coordinate', async () => {
    expect(await bench().redis.xadd(bench().stream, 'NOMKSTREAM', '*', 'a', 'b')).toBeNull()
    const span = await bench().recorder.waitFor(bench().named('xadd'))
    expect(span.attributes[names.FLOWSTITCH_MESSAGE_COORDINATE]).toBeUndefined()
    expect(span.status.code).toBe(0)
  })
})

describe('pipelines', () => {
  it.each(['pipeline', 'multi'] as const)(
    '%s: each command is a span below where it was called',
    async (kind) => {
      const batch = bench().redis[kind]()
      const parents = await bench().addTwo((body) => batch.xadd(bench().stream, '*', 'body', body))
      const results = await batch.set(`${bench().stream}-other`, '1').exec()
      expect(results?.map(([error]) => error)).toEqual([null, null, null])
      const spans = await bench().recorder.waitForAll(bench().named('xadd'), 2)
      const entries = await bench().stored()
      for (const [index, span] of spans.entries()) {
        expect(span.parentSpanContext?.spanId).toBe(idOf(parents[index]))
        expect(span.attributes[names.MESSAGING_MESSAGE_ID]).toBe(results?.[index]?.[1])
        expect(entries[index]).toMatchObject({
          body: idOf(parents[index]),
          traceparent: expect.stringContaining(idOf(span) ?? '-'),
        })
      }
      await bench().bare.del(`${bench().stream}-other`)
    },
  )

  it('made by the client itself keep the contexts apart', async () => {
    const automatic = bench().traced({}, { enableAutoPipelining: true })
    const adding: Promise<unknown>[] = []
    const parents = await bench().addTwo((body) =>
      adding.push(automatic.xadd(bench().stream, '*', 'body', body)),
    )
    await Promise.all(adding)
    const spans = await bench().recorder.waitForAll(bench().named('xadd'), 2)
    expect(new Set(spans.map((span) => span.parentSpanContext?.spanId))).toEqual(new Set(parents.map(idOf)))
  })

  it('given as a list are traced too', async () => {
    const results = await bench()
      .redis.multi([['xadd', bench().stream, '*', 'a', 'b']])
      .exec()
    const span = await bench().recorder.waitFor(bench().named('xadd'))
    expect(span.attributes[names.MESSAGING_MESSAGE_ID]).toBe(results?.[0]?.[1])
  })

  it('that are discarded fail their sends, and end their spans', async () => {
    await bench().redis.watch(bench().stream)
    await bench().bare.xadd(bench().stream, '*', 'another', 'client')
    expect(await bench().redis.multi().xadd(bench().stream, '*', 'a', 'b').exec()).toBeNull()
    const span = await bench().recorder.waitFor(bench().named('xadd'))
    expect(span.status.message).toBe('The transaction was discarded')
    await bench().bare.set(`${bench().stream}-text`, 'x')
    const [, failed] =
      (await bench()
        .redis.pipeline()
        .set(bench().stream, 'x')
        .xadd(`${bench().stream}-text`, '*', 'a', 'b')
        .exec()) ?? []
    expect(failed?.[0]?.message).toMatch(/^WRONGTYPE/)
    await bench().recorder.waitFor((one) => one.attributes[names.ERROR_TYPE] === 'WRONGTYPE')
    expect(bench().recorder.open).toBe(0)
    await bench().bare.del(`${bench().stream}-text`)
  })

  it('that are never sent leave nothing open', () => {
    bench().redis.pipeline().xadd(bench().stream, '*', 'a', 'b')
    expect(bench().recorder.open).toBe(0)
  })

  it('of a transaction without one answer as they do', async () => {
    await bench().redis.multi({ pipeline: false })
    expect(await bench().redis.xadd(bench().stream, '*', 'a', 'b')).toBe('QUEUED')
    const results = await bench().redis.exec()
    expect(results?.[0]?.[1]).toMatch(/^\d+-\d+$/)
    expect((await bench().recorder.waitFor(bench().named('xadd'))).status.code).toBe(0)
  })
})
