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

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message
  return typeof error === 'string' ? error : Object.prototype.toString.call(error)
}
