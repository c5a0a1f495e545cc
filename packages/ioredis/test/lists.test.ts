import { SpanKind, trace } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import type { Redis } from 'ioredis'
import { afterEach, describe, expect, it } from 'vitest'
import { processRedis, type PayloadFormat, type RedisOptions } from '../src/index.ts'
import { idOf, linksOf, setUp } from './bench.ts'

const bench = setUp()
const PAYLOAD = '{ "job": 12345678901234567890 }'
const elsewhere = (): string => `${bench().stream}-working`

const opened = (format: PayloadFormat = 'merge', more: RedisOptions = {}): Redis =>
  bench().traced({ payloads: { [bench().stream]: format }, ...more })

afterEach(() => bench().bare.del(elsewhere()))

describe('a push', () => {
  it.each<[string, (redis: Redis) => Promise<unknown>]>([
    ['lpush', (redis) => redis.lpush(bench().stream, PAYLOAD)],
    ['rpush', (redis) => redis.rpush(bench().stream, [PAYLOAD] as never)],
    ['lpushx', (redis) => redis.lpushx(bench().stream, PAYLOAD)],
    ['rpushx', (redis) => redis.rpushx(Buffer.from(bench().stream), Buffer.from(PAYLOAD))],
    ['lpush', (redis) => redis.call('LPUSH', bench().stream, PAYLOAD)],
    ['rpush', (redis) => redis.pipeline().rpush(bench().stream, PAYLOAD).exec()],
    ['rpush', (redis) => redis.multi().rpush(bench().stream, PAYLOAD).exec()],
  ])('%s is a producer span, whose context the value carries', async (name, push) => {
    await bench().bare.rpush(bench().stream, 'first')
    await push(opened())
    const values = await bench().bare.lrange(bench().stream, 0, -1)
    const sent = await bench().recorder.waitFor(bench().named(name))
    expect(sent.kind).toBe(SpanKind.PRODUCER)
    const carried = JSON.parse(values.find((value) => value !== 'first') ?? '') as object
    expect(carried).toMatchObject({ _otel: { traceparent: expect.stringContaining(idOf(sent) ?? '-') } })
    expect(bench().recorder.spans).toHaveLength(1)
  })

  it('of several values has a create span and a link for each', async () => {
    const values = Object.freeze([PAYLOAD, '{}', 'text']) as string[]
    expect(await opened('envelope').rpush(bench().stream, values as never)).toBe(3)
    const created = await bench().recorder.waitForAll(bench().named('create'), 3)
    const sent = await bench().recorder.waitFor(bench().named('rpush'))
    expect(linksOf(sent)).toEqual(created.map(idOf))
    expect(sent.attributes[names.MESSAGING_BATCH_MESSAGE_COUNT]).toBe(3)
    expect(await opened('envelope').lpop(bench().stream, 5)).toEqual(values)
    expect(linksOf(await bench().recorder.waitFor(bench().named('lpop')))).toEqual(created.map(idOf))
  })

  it('that Redis refuses fails as it does without us, with the arguments that were given', async () => {
    await bench().bare.set(bench().stream, 'x')
    const failure = (redis: Redis): Promise<unknown> =>
      redis
        .rpush(bench().stream, PAYLOAD)
        .catch(({ name, message, command }: Error & { command?: unknown }) => ({ name, message, command }))
    expect(await failure(opened())).toEqual(await failure(bench().bare))
    const sent = await bench().recorder.waitFor(bench().named('rpush'))
    expect(sent.attributes[names.ERROR_TYPE]).toBe('WRONGTYPE')
  })

  it.each<[string, (redis: Redis) => unknown]>([
    ['nothing', (redis) => (redis.lpush as (key: string) => Promise<unknown>)(bench().stream)],
    ['no list', (redis) => (redis.lpush as () => Promise<unknown>)()],
  ])('of %s is left to Redis to refuse', async (_, push) => {
    const failure = async (redis: Redis): Promise<string> =>
      String(await Promise.resolve(push(redis)).catch(String))
    expect(await failure(opened())).toBe(await failure(bench().bare))
  })
})

describe('a pop', () => {
  const other = (): string => `${bench().stream}-no`
  it.each<[string, (redis: Redis) => Promise<unknown>]>([
    ['lpop', (redis) => redis.lpop(bench().stream)],
    ['rpop', (redis) => redis.rpop(bench().stream, 10)],
    ['lpop', (redis) => redis.lpopBuffer(bench().stream)],
    ['blpop', (redis) => redis.blpop(bench().stream, 1)],
    ['brpop', (redis) => redis.brpopBuffer(bench().stream, 1)],
    ['lmpop', (redis) => redis.lmpop(1, bench().stream, 'LEFT', 'COUNT', 5)],
    ['blmpop', (redis) => redis.blmpop(1, 1, bench().stream, 'LEFT')],
    ['lmove', (redis) => redis.lmove(bench().stream, elsewhere(), 'LEFT', 'RIGHT')],
    ['blmove', (redis) => redis.blmove(bench().stream, elsewhere(), 'LEFT', 'RIGHT', 1)],
    ['rpoplpush', (redis) => redis.rpoplpush(bench().stream, elsewhere())],
    ['brpoplpush', (redis) => redis.brpoplpush(bench().stream, elsewhere(), 1)],
    ['rpop', (redis) => redis.call('rPop', bench().stream)],
    ['lpop', (redis) => redis.pipeline().lpop(bench().stream).exec()],
    ['lpop', (redis) => redis.multi().get(other()).lpop(bench().stream).exec()],
    [
      'lpop',
      (redis) =>
        new Promise(
          (resolve) => void redis.lpop(bench().stream, (_: unknown, value: unknown) => resolve(value)),
        ),
    ],
  ])('%s shows what was pushed, and is a receive span with a link to it', async (name, pop) => {
    await bench().bare.rpush(bench().stream, PAYLOAD)
    const theirs = await pop(bench().bare)
    const redis = opened()
    await redis.rpush(bench().stream, PAYLOAD)
    expect(await pop(redis)).toEqual(theirs)
    const sent = await bench().recorder.waitFor(bench().named('rpush'))
    const received = await bench().recorder.waitFor(bench().named(name))
    expect(received.kind).toBe(SpanKind.CLIENT)
    expect(linksOf(received)).toEqual([idOf(sent)])
    expect(bench().recorder.spans).toHaveLength(2)
  })

  it('that brings nothing makes no span, nor does one that waits', async () => {
    const redis = opened()
    expect(await redis.lpop(bench().stream)).toBeNull()
    expect(await redis.lpop(bench().stream, 2)).toBeNull()
    expect(await redis.blpop(bench().stream, 0.01)).toBeNull()
    expect(await redis.lmove(bench().stream, elsewhere(), 'LEFT', 'LEFT')).toBeNull()
    const waiting = redis.blpop(bench().stream, 0)
    await bench().bare.ping()
    expect(bench().recorder.open).toBe(0)
    await bench().bare.rpush(bench().stream, 'x')
    expect(await waiting).toEqual([bench().stream, 'x'])
    expect(linksOf(await bench().recorder.waitFor(bench().named('blpop')))).toEqual([])
    expect(bench().recorder.spans).toHaveLength(1)
  })

  it('of several lists takes apart what comes from those that are opened', async () => {
    const redis = opened()
    await redis.rpush(bench().stream, PAYLOAD)
    const [stored] = await bench().bare.lrange(bench().stream, 0, 0)
    expect(await redis.blpop(elsewhere(), bench().stream, 1)).toEqual([bench().stream, PAYLOAD])
    const received = await bench().recorder.waitFor((span) => span.name === `blpop ${bench().stream}`)
    expect(received.attributes[names.MESSAGING_DESTINATION_NAME]).toBe(bench().stream)
    await bench().bare.rpush(elsewhere(), stored!)
    expect(await redis.blpop(elsewhere(), bench().stream, 1)).toEqual([elsewhere(), stored])
    expect(bench().recorder.spans.filter(({ name }) => name.startsWith('blpop'))).toHaveLength(1)
  })

  it('leaves lists alone that are not named, or ignored; without an SDK it shows what was pushed', async () => {
    const others: RedisOptions[] = [
      {},
      { payloads: {} },
      { payloads: { [bench().stream]: 'merge' }, ignore: () => true },
    ]
    for (const options of others) {
      const redis = bench().traced(options)
      await opened().rpush(bench().stream, PAYLOAD)
      const value = await redis.lpop(bench().stream)
      expect(value).toContain('_otel')
      await redis.rpush(bench().stream, PAYLOAD)
      expect(await bench().bare.lpop(bench().stream)).toBe(PAYLOAD)
    }
    expect(bench().recorder.spans.every(({ name }) => name.startsWith('rpush'))).toBe(true)
    await opened().rpush(bench().stream, PAYLOAD)
    await bench().recorder.shutdown()
    expect(await opened().lpop(bench().stream)).toBe(PAYLOAD)
  })
})

describe('a value', () => {
  it('is handled in the context that it was pushed with, of equal ones in the order in which they came', async () => {
    const redis = opened()
    for (const n of [1, 2]) expect(await redis.rpush(bench().stream, PAYLOAD)).toBe(n)
    const sent = await bench().recorder.waitForAll(bench().named('rpush'), 2)
    const active: (string | undefined)[] = []
    for (const value of (await redis.lpop(bench().stream, 2)) ?? []) {
      const answer = processRedis(bench().stream, value, async (given) => {
        active.push(trace.getActiveSpan()?.spanContext().spanId)
        return given
      })
      expect(await answer).toBe(PAYLOAD)
    }
    const handled = await bench().recorder.waitForAll(bench().named('process'), 2)
    expect(handled.map(idOf)).toEqual(active)
    expect(handled.map(({ kind }) => kind)).toEqual([SpanKind.CONSUMER, SpanKind.CONSUMER])
    expect(handled.map(linksOf)).toEqual(sent.map((span) => [idOf(span)]))
    expect(handled.map((span) => span.parentSpanContext?.spanId)).toEqual(sent.map(idOf))
  })

  it('that nobody knows is handled without a link, and one of an ignored list without a span', async () => {
    expect(processRedis(bench().stream, Buffer.from('x'), (value) => value.length)).toBe(1)
    expect(linksOf(await bench().recorder.waitFor(bench().named('process')))).toEqual([])
    const ignoring = opened('merge', { ignore: () => true })
    await bench().bare.rpush(bench().stream, PAYLOAD)
    const value = await ignoring.lpop(bench().stream)
    expect(processRedis(bench().stream, value!, () => 7)).toBe(7)
    expect(bench().recorder.spans).toHaveLength(1)
    expect(() =>
      processRedis(bench().stream, 'y', () => {
        throw new RangeError('boom')
      }),
    ).toThrow(RangeError)
  })

  it('that was moved is taken out again by what the application knows of it', async () => {
    const redis = opened()
    for (let n = 0; n < 2; n++) await redis.rpush(bench().stream, PAYLOAD)
    const value = await redis.lmove(bench().stream, elsewhere(), 'LEFT', 'RIGHT')
    expect(value).toBe(PAYLOAD)
    expect(await bench().bare.lrem(elsewhere(), 1, PAYLOAD)).toBe(0)
    expect(await redis.lrem(elsewhere(), 1, value)).toBe(1)
    expect(await redis.lrem(elsewhere(), 1, value)).toBe(0)
    await bench().recorder.shutdown()
    await redis.rpoplpush(bench().stream, elsewhere())
    const results = await redis.pipeline().lrem(elsewhere(), 0, PAYLOAD).exec()
    expect(results).toEqual([[null, 1]])
  })
})
