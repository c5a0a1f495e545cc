import { SpanStatusCode, trace, type Span, type SpanContext } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'

/** Whether the span is of one of the conventions' five operation types. */
export function isOperation(type: string): (span: ReadableSpan) => boolean {
  return (span) => span.attributes[names.MESSAGING_OPERATION_TYPE] === type
}

export const isSend: (span: ReadableSpan) => boolean = isOperation('send')
export const isCreate: (span: ReadableSpan) => boolean = isOperation('create')
export const isReceive: (span: ReadableSpan) => boolean = isOperation('receive')
export const isSettle: (span: ReadableSpan) => boolean = isOperation('settle')

/** The handling of a single message, not of a batch. */
export function isProcess(span: ReadableSpan): boolean {
  return isOperation('process')(span) && span.attributes[names.MESSAGING_BATCH_MESSAGE_COUNT] === undefined
}

export function isBatch(span: ReadableSpan): boolean {
  return isOperation('process')(span) && span.attributes[names.MESSAGING_BATCH_MESSAGE_COUNT] !== undefined
}

export function linksTo(span: ReadableSpan, target: SpanContext): boolean {
  return span.links.some(
    ({ context }) => context.spanId === target.spanId && context.traceId === target.traceId,
  )
}

export function isChildOf(span: ReadableSpan, parent: ReadableSpan): boolean {
  return (
    span.parentSpanContext?.spanId === parent.spanContext().spanId &&
    span.spanContext().traceId === parent.spanContext().traceId
  )
}

export function failed(span: ReadableSpan): boolean {
  return span.status.code === SpanStatusCode.ERROR
}

export function named(name: string): (span: ReadableSpan) => boolean {
  return (span) => span.name === name
}

/** A span of the application's own. */
export function startSpan(name: string): Span {
  return trace.getTracer('test').startSpan(name)
}

/** A span's context as its message carries it. */
export function traceparentOf(span: ReadableSpan): string {
  const { traceId, spanId } = span.spanContext()
  return `00-${traceId}-${spanId}-01`
}

/** A creation context that nobody here has made. */
export const OWN: SpanContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }
export const OWN_TRACEPARENT: string = `00-${OWN.traceId}-${OWN.spanId}-01`
