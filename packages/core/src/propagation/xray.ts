import { isSpanContextValid, TraceFlags, type SpanContext } from '@opentelemetry/api'

/** The header, and in SQS the system attribute `AWSTraceHeader`, that X-Ray's context travels in. */
export const XRAY_HEADER = 'x-amzn-trace-id'

const ROOT = /(?:^|;)\s*Root=1-([0-9a-f]{8})-([0-9a-f]{24})\s*(?:;|$)/
const PARENT = /(?:^|;)\s*Parent=([0-9a-f]{16})\s*(?:;|$)/
const SAMPLED = /(?:^|;)\s*Sampled=1\s*(?:;|$)/

/** Reads an X-Ray tracing header (X-Ray developer guide, "Tracing header"); garbage is undefined. */
export function parseXRay(value: string | undefined): SpanContext | undefined {
  const root = value === undefined ? null : ROOT.exec(value)
  const parent = root && PARENT.exec(value as string)
  if (!parent) return undefined
  const spanContext: SpanContext = {
    traceId: `${root[1]}${root[2]}`,
    spanId: parent[1] as string,
    traceFlags: SAMPLED.test(value as string) ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
  }
  return isSpanContextValid(spanContext) ? spanContext : undefined
}

/** The X-Ray tracing header for a span context, for where there is room for no other; it has no tracestate. */
export function formatXRay({ traceId, spanId, traceFlags }: SpanContext): string {
  const root = `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`
  return `Root=${root};Parent=${spanId};Sampled=${traceFlags & TraceFlags.SAMPLED}`
}
