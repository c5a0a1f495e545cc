import { isSpanContextValid, TraceFlags, type SpanContext } from '@opentelemetry/api'
import { parseXRay, XRAY_HEADER } from './xray.ts'

/** Reads a header of the message at hand. */
export type HeaderReader = (name: string) => string | undefined

/**
 * The creation context in the format of a system that writes no W3C headers: B3 in one header or several
 * (openzipkin/b3-propagation), X-Ray, Datadog. The first that is well-formed counts.
 */
export function readForeign(header: HeaderReader): SpanContext | undefined {
  return (
    readB3(header('b3')) ??
    spanContextOf(header('x-b3-traceid'), header('x-b3-spanid'), b3Sampled(header)) ??
    parseXRay(header(XRAY_HEADER)) ??
    readDatadog(header)
  )
}

/** The headers that `readForeign` looks at, for brokers that give only those asked for. */
export const FOREIGN_HEADERS: readonly string[] = [
  'b3',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-sampled',
  XRAY_HEADER,
]

/** What the names of such headers, and of W3C's, look like, in any case. */
export const CONTEXT_HEADER: RegExp = /^(?:traceparent|b3|x-b3-.+|x-datadog-.+|x-amzn-trace-id)$/i

/** `{trace id}-{span id}[-{sampled}[-{parent id}]]`. */
function readB3(value: string | undefined): SpanContext | undefined {
  const [traceId, spanId, sampled] = value?.split('-') ?? []
  return spanContextOf(traceId, spanId, sampled === '1' || sampled === 'd')
}

function b3Sampled(header: HeaderReader): boolean {
  const sampled = header('x-b3-sampled')
  return sampled === '1' || sampled === 'true' || header('x-b3-flags') === '1'
}

/** Decimal 64-bit ids; the upper half of the trace id is a tag, in hex. */
function readDatadog(header: HeaderReader): SpanContext | undefined {
  const lower = decimalToHex(header('x-datadog-trace-id'))
  const upper = /(?:^|,)_dd\.p\.tid=([0-9a-f]{16})(?:,|$)/.exec(header('x-datadog-tags') ?? '')?.[1] ?? ''
  const sampled = Number(header('x-datadog-sampling-priority')) > 0
  return spanContextOf(lower && upper + lower, decimalToHex(header('x-datadog-parent-id')), sampled)
}

function decimalToHex(value: string | undefined): string | undefined {
  if (value === undefined || !/^\d{1,20}$/.test(value)) return undefined
  const number = BigInt(value)
  return number < 1n << 64n ? number.toString(16).padStart(16, '0') : undefined
}

/** Trace ids of 64 bits are padded, as B3 and Datadog both say. */
function spanContextOf(
  traceId: string | undefined,
  spanId: string | undefined,
  sampled: boolean,
): SpanContext | undefined {
  if (!traceId || !spanId) return undefined
  const spanContext: SpanContext = {
    traceId: traceId.toLowerCase().padStart(32, '0'),
    spanId: spanId.toLowerCase(),
    traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
  }
  return isSpanContextValid(spanContext) ? spanContext : undefined
}
