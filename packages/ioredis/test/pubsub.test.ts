import { EventEmitter, once } from 'node:events'
import { context, SpanKind, trace } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import type { Redis } from 'ioredis'
import { describe, expect, it, vi } from 'vitest'
import type { PayloadFormat, RedisOptions } from '../src/index.ts'
import { idOf, linksOf, setUp } from './bench.ts'

const bench = setUp()
const PAYLOAD = '{ "order": 12345678901234567890, "order": 1.0 }'

const opened = (format: PayloadFormat = 'merge', more: RedisOptions = {}): Redis =>
  bench().traced({ payloads: { [bench().stream]: format }, ...more })

/** A subscriber of the test's channel. */
async function subscribed(to: Redis): Promise<Redis> {
  await to.subscribe(bench().stream)
  return to
}

/** The next message that a client gets, as it sees it. */
async function next(of: Redis, event = 'message'): Promise<unknown[]> {
  return (await once(of, event)) as unknown[]
}

describe('PUBLISH', () => {
  it('is a producer span, whose context the payload carries; a traced listener sees what was published', async () => {
    const redis = opened()
    const [bare, traced] = [await subscribed(bench().client()), await subscribed(opened())]
    const seen = Promise.all([next(bare), next(traced)])
    expect(await redis.publish(bench().stream, PAYLOAD)).toBe(2)
    const [[, carried], [channel, payload]] = (await seen) as [string[], string[]]
    const sent = await bench().recorder.waitFor(bench().named('publish'))
    expect(sent.kind).toBe(SpanKind.PRODUCER)
    expect(sent.attributes[names.MESSAGING_DESTINATION_NAME]).toBe(bench().stream)
    expect(JSON.parse(carried ?? '')).toMatchObject({
      _otel: { traceparent: expect.stringContaining(idOf(sent) ?? '-') },
    })
    expect([channel, payload]).toEqual([bench().stream, PAYLOAD])
    const handled = await bench().recorder.waitFor(bench().named('process'))
    expect(handled.kind).toBe(SpanKind.CONSUMER)
    expect(linksOf(handled)).toEqual([idOf(sent)])
    expect(handled.parentSpanContext?.spanId).toBe(idOf(sent))
  })

  it.each<[string, PayloadFormat, string | Buffer]>([
    ['an envelope', 'envelope', 'any text'],
    ['an envelope around bytes that are text', 'envelope', Buffer.from('é')],
    ['a key in bytes', 'merge', Buffer.from(PAYLOAD)],
    [
      'a codec of one’s own',
      {
        inject: (payload, { traceparent }) =>
          Buffer.concat([Buffer.from(`${traceparent}|`), Buffer.from(payload)]),
        extract: (payload) => {
          const [traceparent = '', rest = ''] = payload.toString().split('|')
          return { payload: rest, headers: { traceparent } }
        },
      },
      'mine',
    ],
  ])('carries the context in %s', async (_, format, payload) => {
    const redis = opened(format)
    const traced = await subscribed(opened(format))
    const seen = Promise.all([next(traced), next(traced, 'messageBuffer')])
    await redis.publish(bench().stream, payload)
    expect(await seen).toEqual([
      [bench().stream, String(payload)],
      [Buffer.from(bench().stream), Buffer.from(payload)],
    ])
    const sent = await bench().recorder.waitFor(bench().named('publish'))
    const handled = await bench().recorder.waitForAll(bench().named('process'), 2)
    for (const span of handled) expect(linksOf(span)).toEqual([idOf(sent)])
  })

  it.each<[string, PayloadFormat, string | Buffer]>([
    ['what is no object', 'merge', '[1]'],
    ['what is no JSON', 'merge', 'text'],
    ['bytes that are no text', 'envelope', Buffer.from([0xff, 0])],
    [
      'what a codec fails on',
      {
        inject: () => {
          throw new RangeError('boom')
        },
        extract: () => {
          throw new RangeError('boom')
        },
      },
      'x',
    ],
    ['what a codec answers nonsense for', { inject: () => 5 as never, extract: () => ({}) as never }, 'x'],
  ])('leaves %s as it is', async (_, format, payload) => {
    const [bare, traced] = [await subscribed(bench().client()), await subscribed(opened(format))]
    const seen = Promise.all([next(bare, 'messageBuffer'), next(traced, 'messageBuffer')])
    expect(await opened(format).publish(bench().stream, payload)).toBe(2)
    const [[, ours], [, theirs]] = await seen
    expect([ours, theirs]).toEqual([Buffer.from(payload), Buffer.from(payload)])
  })

  it('is sent in pipelines and transactions from where it was called, and sharded', async () => {
    const redis = opened()
    for (const kind of ['pipeline', 'multi'] as const) {
      const batch = redis[kind]()
      const parents = await bench().addTwo((body) => batch.publish(bench().stream, JSON.stringify({ body })))
      expect(await batch.exec()).toEqual([
        [null, 0],
        [null, 0],
      ])
      const spans = await bench().recorder.waitForAll(bench().named('publish'), 2)
      expect(spans.map((span) => span.parentSpanContext?.spanId)).toEqual(parents.map(idOf))
      bench().recorder.clear()
    }
    await redis.call('sPublish', bench().stream, '{}')
    await bench().recorder.waitFor(bench().named('spublish'))
  })
})

describe('a listener', () => {
  it('gets the messages of producers that put nothing in', async () => {
    const traced = await subscribed(opened('envelope'))
    const seen = next(traced)
    await bench().bare.publish(bench().stream, PAYLOAD)
    expect(await seen).toEqual([bench().stream, PAYLOAD])
    expect(linksOf(await bench().recorder.waitFor(bench().named('process')))).toEqual([])
  })

  it('of a pattern gets it as the template of the channel', async () => {
    const traced = opened()
    const pattern = `${bench().stream.slice(0, -1)}*`
    await traced.psubscribe(pattern)
    const seen = Promise.all([next(traced, 'pmessage'), next(traced, 'pmessageBuffer')])
    await opened().publish(bench().stream, PAYLOAD)
    expect(await seen).toEqual([
      [pattern, bench().stream, PAYLOAD],
      [pattern, Buffer.from(bench().stream), Buffer.from(PAYLOAD)],
    ])
    const [handled] = await bench().recorder.waitForAll((span) => span.name === `process ${pattern}`, 2)
    expect(handled?.attributes).toMatchObject({
      [names.MESSAGING_DESTINATION_NAME]: bench().stream,
      [names.MESSAGING_DESTINATION_TEMPLATE]: pattern,
    })
  })

  it('has a span of its own that ends with its work, and the context of the message', async () => {
    const traced = await subscribed(opened())
    const active: (string | undefined)[] = []
    const note = (): number => active.push(trace.getActiveSpan()?.spanContext().spanId)
    const { promise, resolve } = Promise.withResolvers<void>()
    traced.on('message', note)
    const work: () => unknown = async () => {
      note()
      await promise
      note()
    }
    traced.on('message', work)
    await opened().publish(bench().stream, PAYLOAD)
    const first = await bench().recorder.waitFor(bench().named('process'))
    await vi.waitFor(() => expect(active).toHaveLength(2))
    expect(bench().recorder.open).toBe(1)
    resolve()
    const [, second] = await bench().recorder.waitForAll(bench().named('process'), 2)
    expect(active).toEqual([idOf(first), idOf(second), idOf(second)])
    expect(idOf(first)).not.toBe(idOf(second))
  })

  it('is added, called and removed as ever', async () => {
    const script = async (redis: Redis, publisher: Redis): Promise<unknown[]> => {
      const seen: unknown[] = []
      const write = (how: string) =>
        function (this: unknown, ...args: unknown[]): void {
          seen.push([how, this === redis, args])
        }
      const [on, off, first] = [write('on'), write('off'), write('first')]
      redis.addListener('message', off)
      redis.on('message', on).once('message', write('once')).prependListener('message', first)
      redis.on('messageBuffer', write('buffer'))
      seen.push(redis.listenerCount('message'), redis.listeners('message')[1] === off)
      redis.off('message', off)
      await redis.subscribe(bench().stream)
      for (const n of [1, 2]) {
        const came = once(redis, 'messageBuffer')
        await publisher.publish(bench().stream, `{"n":${n}}`)
        await came
      }
      redis.removeListener('message', on).removeAllListeners('messageBuffer')
      seen.push(redis.eventNames().includes('messageBuffer'), redis.listeners('message').length)
      seen.push(
        redis.emit('message', bench().stream, 'mine'),
        redis.emit('nothing'),
        redis.emit.name,
        redis.emit.length,
      )
      return [...seen]
    }
    const theirs = await script(bench().client(), bench().bare)
    expect(theirs.length).toBeGreaterThan(10)
    expect(await script(opened(), opened())).toEqual(theirs)
  })

  it('that throws stops the others, as ever, and rejections stay the application’s', async () => {
    const traced = opened()
    const later = vi.fn<() => void>()
    traced.on('message', () => {
      throw new RangeError('boom')
    })
    traced.on('message', later)
    expect(() => traced.emit('message', bench().stream, '{}')).toThrow(RangeError)
    expect(later).not.toHaveBeenCalled()
    const failed = await bench().recorder.waitFor(bench().named('process'))
    expect(failed.attributes[names.ERROR_TYPE]).toBe('RangeError')
  })

  it('whose rejection the emitter catches has it caught', async () => {
    EventEmitter.captureRejections = true
    try {
      const traced = opened()
      const work: () => unknown = () => Promise.reject(new RangeError('boom'))
      traced.on('message', work)
      const failed = once(traced, 'error').catch((error: unknown) => [error])
      traced.emit('message', bench().stream, '{}')
      expect(String(await failed)).toContain('boom')
    } finally {
      EventEmitter.captureRejections = false
    }
    await bench().recorder.waitFor(bench().named('process'))
  })

  it('has nothing to do with what ran when it was added', async () => {
    const traced = opened()
    const request = trace.getTracer('test').startSpan('request')
    context.with(trace.setSpan(context.active(), request), () => traced.emit('message', bench().stream, '{}'))
    expect(bench().recorder.spans).toHaveLength(0)
    traced.on('message', () => undefined)
    context.with(trace.setSpan(context.active(), request), () => traced.emit('message', bench().stream, '{}'))
    request.end()
    const handled = await bench().recorder.waitFor(bench().named('process'))
    expect(handled.parentSpanContext).toBeUndefined()
    expect(linksOf(handled)).toEqual([])
  })
})

describe('channels', () => {
  it('that are not named, or ignored, are left alone', async () => {
    const sees = async (publisher: Redis, listener: Redis): Promise<unknown> => {
      const seen = next(await subscribed(listener))
      await publisher.publish(bench().stream, PAYLOAD)
      return (await seen)[1]
    }
    const others: RedisOptions[] = [
      {},
      { payloads: {} },
      { payloads: () => undefined },
      { payloads: { [bench().stream]: 'merge' }, ignore: () => true },
      {
        payloads: () => {
          throw new Error('boom')
        },
      },
    ]
    for (const options of others) {
      expect(await sees(bench().traced(options), bench().client())).toBe(PAYLOAD)
      expect(await sees(opened(), bench().traced(options))).toContain('_otel')
    }
    const published = bench().recorder.spans.filter(({ name }) => name.startsWith('process'))
    expect(published).toHaveLength(0)
  })

  it('are cleaned without an SDK too, and written as they are', async () => {
    const traced = await subscribed(opened())
    const withContext = next(traced)
    const redis = opened()
    const bare = await subscribed(bench().client())
    const carried = next(bare)
    await redis.publish(bench().stream, PAYLOAD)
    await withContext
    await bench().recorder.shutdown()
    const cleaned = next(traced)
    await bench().bare.publish(bench().stream, String((await carried)[1]))
    expect((await cleaned)[1]).toBe(PAYLOAD)
    const plain = next(bare)
    await redis.publish(bench().stream, PAYLOAD)
    expect((await plain)[1]).toBe(PAYLOAD)
  })

  it('of duplicates are the same', async () => {
    const duplicate = await subscribed(bench().add(opened().duplicate()))
    const seen = next(duplicate)
    await opened().publish(bench().stream, PAYLOAD)
    expect((await seen)[1]).toBe(PAYLOAD)
  })
})
