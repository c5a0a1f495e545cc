import { SpanStatusCode, type Span } from '@opentelemetry/api'
import { ERROR_TYPE } from '../semconv.ts'

/** Names a client's error by its broker's own code; undefined where it has none. */
export type ErrorClassifier = (error: unknown) => string | undefined

/** The broker's code, else the class of the exception, else `_OTHER` (recording errors, "error.type"). */
export function errorTypeOf(error: unknown, classify: ErrorClassifier | undefined): string {
  return classify?.(error) ?? (error instanceof Error ? error.constructor.name || error.name : '_OTHER')
}

/** Marks a span as failed. What was thrown may be anything; a description that is just the type says nothing. */
export function recordFailure(span: Span, error: unknown, type: string): void {
  span.setAttribute(ERROR_TYPE, type)
  const message = messageOf(error)
  span.setStatus({ code: SpanStatusCode.ERROR, ...(message === type ? {} : { message }) })
}

/** Marks a span of work that no broker has to do with as failed, and tells of the exception. */
export function recordThrown(span: Span, error: unknown): void {
  recordFailure(span, error, errorTypeOf(error, undefined))
  if (error instanceof Error) span.recordException(error)
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message
  return typeof error === 'string' ? error : Object.prototype.toString.call(error)
}
