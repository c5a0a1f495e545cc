import { SpanStatusCode, type Span } from '@opentelemetry/api'
import { guard } from '../runtime/guard.ts'
import { ERROR_TYPE } from '../semconv.ts'

/** Names a client's error by its broker's own code; undefined where it has none. */
export type ErrorClassifier = (error: unknown) => string | undefined

const OTHER = '_OTHER'

/**
 * The broker's code, else the class of the exception, else `_OTHER` (recording errors, "error.type"). What was thrown
 * may be anything, also something that throws when it is looked at.
 */
export function errorTypeOf(error: unknown, classify: ErrorClassifier | undefined): string {
  return guard('the naming of an error', () => classify?.(error) ?? classOf(error), OTHER)
}

function classOf(error: unknown): string {
  if (!(error instanceof Error)) return OTHER
  // Without a prototype of its own an error may have no constructor.
  const { name } = (error.constructor as Partial<typeof error.constructor> | undefined) ?? {}
  return name || error.name
}

/** Marks a span as failed. A description that is just the type says nothing. */
export function recordFailure(span: Span, error: unknown, type: string): void {
  span.setAttribute(ERROR_TYPE, type)
  const message = guard('reading an error', () => messageOf(error), type)
  span.setStatus({ code: SpanStatusCode.ERROR, ...(message === type ? {} : { message }) })
}

/** Marks a span of work that no broker has to do with as failed, and tells of the exception. */
export function recordThrown(span: Span, error: unknown): void {
  recordFailure(span, error, errorTypeOf(error, undefined))
  guard('telling of an exception', () => error instanceof Error && span.recordException(error), false)
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message
  return typeof error === 'string' ? error : Object.prototype.toString.call(error)
}
