import { INVALID_SPAN_CONTEXT, trace, type SpanOptions } from '@opentelemetry/api'
import { recordMetrics, recordSpans } from '@flowstitch/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { processBatch } from '../src/kernel/batch.ts'
import { process } from '../src/kernel/process.ts'
import type { InstrumentationOptions, SemconvGeneration } from '../src/model/options.ts'
import * as names from '../src/semconv.ts'
import { delivery, letter, testKernel, type Letter } from './support.ts'

const facts = (): object => ({})

afterEach(async () => {
  vi.unstubAllEnvs()
  await recordSpans().shutdown()
})

function handleOne(options: InstrumentationOptions<Letter, Letter>, known: object = {}, headers = {}): void {
  process(testKernel(options), { ...delivery, message: letter('a', headers), facts: () => known }, () => {})
}

const NEW = 'messaging.system.name'
const OLD = 'messaging.system'

describe('the names of attributes', () => {
  it.each<[string | undefined, SemconvGeneration | undefined, string[]]>([
    [undefined, undefined, [NEW]],
    ['', undefined, [NEW]],
    ['messaging', undefined, [NEW]],
    ['http/dup,messagings/dup', undefined, [NEW]],
    ['messaging/dup', undefined, [OLD, NEW]],
    ['http/dup, messaging/dup', undefined, [OLD, NEW]],
    ['messaging/dup', '1.45', [NEW]],
    [undefined, 'dup', [OLD, NEW]],
    ['messaging/dup', '1.44', [OLD]],
  ])(
    'with OTEL_SEMCONV_STABILITY_OPT_IN=%s and the option %s are %j on spans and metrics',
    (env, semconv, all) => {
      vi.stubEnv('OTEL_SEMCONV_STABILITY_OPT_IN', env)
      const recorder = recordSpans()
      const metrics = recordMetrics()
      handleOne({ ...(semconv && { semconv }) }, { attempt: 1 })
      const systems = (attributes: object | undefined): string[] =>
        Object.keys(attributes ?? {})
          .filter((name) => name.startsWith(OLD))
          .toSorted()
      expect(systems(recorder.spans[0]?.attributes)).toEqual(all)
      for (const metric of [names.METRIC_PROCESS_DURATION, names.METRIC_CLIENT_CONSUMED_MESSAGES]) {
        expect(systems(metrics.of(metric)[0]?.attributes), metric).toEqual(all)
      }
      expect(systems(metrics.of('flowstitch.message.attempt')[0]?.attributes)).toEqual(all)
    },
  )
})

/** An SDK whose spans do not tell what it keeps. */
function recordLinks(): number[] {
  const given: number[] = []
  const startSpan = (_: string, { links = [] }: SpanOptions): ReturnType<typeof trace.wrapSpanContext> => {
    given.push(links.length)
    return trace.wrapSpanContext(INVALID_SPAN_CONTEXT)
  }
  trace.setGlobalTracerProvider({
    getTracer: () => ({ startSpan, startActiveSpan: () => undefined as never }),
  })
  return given
}

describe('the limit of links', () => {
  it.each([
    [undefined, [128, 72]],
    ['50', [50, 50, 50, 50]],
    ['150', [128, 72]],
    ['0', [128, 72]],
    ['-1', [128, 72]],
    ['many', [128, 72]],
  ])('is OTEL_SPAN_LINK_COUNT_LIMIT=%s, up to 128: two hundred become %j', (env, expected) => {
    vi.stubEnv('OTEL_SPAN_LINK_COUNT_LIMIT', env)
    const given = recordLinks()
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    const messages = Array.from({ length: 200 }, () => letter('a', { traceparent }))
    processBatch(testKernel(), { ...delivery, messages, facts }, () => {})
    expect(given).toEqual(expected)
  })
})

describe('how long a delay is long', () => {
  it.each([
    [undefined, 595_000, 'single'],
    [undefined, 605_000, 'delayed'],
    [5000, 1000, 'single'],
    [5000, 10_000, 'delayed'],
    [0, 1000, 'delayed'],
    [Infinity, 1e9, 'single'],
  ])('by longDelayMs %s: after %i ms in the queue a message is %s', (longDelayMs, dwellMs, reason) => {
    const recorder = recordSpans()
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    const known = { brokerTimeMs: Date.now() - dwellMs }
    handleOne({ ...(longDelayMs !== undefined && { longDelayMs }) }, known, { traceparent })
    const [span] = recorder.spans
    expect(span?.attributes[names.FLOWSTITCH_RELATION_REASON]).toBe(reason)
    expect(span?.parentSpanContext === undefined).toBe(reason === 'delayed')
  })
})
