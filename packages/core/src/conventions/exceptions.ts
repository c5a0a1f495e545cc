import * as api from '@opentelemetry/api'
import type { OperationType } from './attributes.ts'
import { errorTypeOf } from './errors.ts'
import { VERSION } from '../version.ts'

/**
 * Tells of an exception: as a log record (messaging exceptions, `messaging.{operation}.exception`), where the
 * API is new enough to have logs, and as the span event that this replaces, unless
 * `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN=logs` says that log records alone are wanted.
 */
export function tellException(scope: string, span: api.Span, type: OperationType, error: unknown): void {
  if (!(error instanceof Error)) return
  if (globalThis.process?.env.OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN !== 'logs') span.recordException(error)
  // Absent from API 1.9.
  const logs = api.logs as typeof api.logs | undefined
  logs?.getLogger(scope, VERSION).emit({
    eventName: `messaging.${type}.exception`,
    // What fails in a handler is an error, what fails on the way to it a warning.
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- API 1.9 has no such enum
    severityNumber: type === 'process' ? 17 : 13,
    context: api.trace.setSpan(api.context.active(), span),
    attributes: {
      'exception.type': errorTypeOf(error, undefined),
      'exception.message': error.message,
      ...(error.stack ? { 'exception.stacktrace': error.stack } : {}),
    },
  })
}
