import { SpanStatusCode, type SpanContext } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'

/** Whether the span is of one of the conventions' five operation types. */
export function isOperation(type: string): (span: ReadableSpan) => boolean {
  return (span) => span.attributes[names.MESSAGING_OPERATION_TYPE] === type
}

export const isSend: (span: ReadableSpan) => boolean = isOperation('send')
export const isCreate: (span: ReadableSpan) => boolean = isOperation('create')

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
