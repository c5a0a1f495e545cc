import { randomUUID } from 'node:crypto'
import { SpanKind } from '@opentelemetry/api'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis'
import { Redis } from 'ioredis'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { instrumentRedis, processRedis } from '../src/index.ts'
import { connectRedis } from './support.ts'

const OFFICIAL = '@opentelemetry/instrumentation-ioredis'

/** A class of its own, so that the official instrumentation wraps that alone. */
function wrappedByOfficial(): Redis {
  const Wrapped = class extends Redis {}
  const official = new IORedisInstrumentation({ requireParentSpan: false })
  const [definition] = official.init() as unknown as [{ patch(exports: unknown): void }]
  definition.patch(Wrapped)
  return new Wrapped(brokersFromEnvironment().redis)
}

type Span = SpanRecorder['spans'][number]

describe("a client that OpenTelemetry's own instrumentation has wrapped", () => {
  const stream = `audit-${randomUUID()}`
  let recorder: SpanRecorder
  let redis: Redis
  beforeEach(async () => {
    recorder = recordSpans()
    redis = instrumentRedis(wrappedByOfficial())
    // What waits for the connection is sent twice, and has two spans of that instrumentation's.
    await redis.ping()
    recorder.clear()
  })
  afterEach(async () => {
    await redis.del(stream)
    redis.disconnect()
    await recorder.shutdown()
  })
  const find = (name: string, scope = '@flowstitch/ioredis'): Span | undefined =>
    recorder.spans.find((span) => span.name === name && span.instrumentationScope.name === scope)

  it('has one span for a message, and below it that of the call of the database', async () => {
    await redis.xadd(stream, '*', 'order', '4711')
    const [sent, call] = [find(`xadd ${stream}`), find('xadd', OFFICIAL)]
    expect(sent?.kind).toBe(SpanKind.PRODUCER)
    expect(call?.parentSpanContext?.spanId).toBe(sent?.spanContext().spanId)
    expect(recorder.spans.filter(({ kind }) => kind === SpanKind.PRODUCER)).toHaveLength(1)
  })

  it('has one context in an entry, and the handling linked to it', async () => {
    await redis.xgroup('CREATE', stream, 'workers', '0', 'MKSTREAM')
    await redis.xadd(stream, '*', 'order', '4711')
    const bare = connectRedis()
    const [[, fields] = []] = (await bare.xrange(stream, '-', '+')) as [string, string[]][]
    bare.disconnect()
    expect(fields?.filter((field) => field === 'traceparent')).toHaveLength(1)
    const reply = await redis.xreadgroup('GROUP', 'workers', 'me', 'STREAMS', stream, '>')
    await processRedis(reply as never, ([id]: [string]) => redis.xack(stream, 'workers', id))
    const sent = find(`xadd ${stream}`)?.spanContext().spanId
    expect(find(`xreadgroup ${stream}`)?.links.map(({ context }) => context.spanId)).toEqual([sent])
    const handled = find(`process ${stream}`)
    expect(handled?.links.map(({ context }) => context.spanId)).toContain(sent)
    const settled = find(`xack ${stream}`)
    expect(settled?.parentSpanContext?.spanId).toBe(handled?.spanContext().spanId)
    expect(find('xack', OFFICIAL)?.parentSpanContext?.spanId).toBe(settled?.spanContext().spanId)
  })

  it('has no span of ours for calls that are about no message', async () => {
    await redis.get(stream)
    expect(recorder.spans.map(({ instrumentationScope }) => instrumentationScope.name)).not.toContain(
      '@flowstitch/ioredis',
    )
    expect(find('get', OFFICIAL)).toBeDefined()
  })
})
