import { flowIdOf } from '@flowstitch/core'
import { context, trace } from '@opentelemetry/api'

/** One line of a service's log. The demo reads them to check that each flow shows what the services did. */
export interface LogEntry {
  readonly service: string
  readonly event: 'ready' | 'sent' | 'handled' | 'failed'
  readonly order?: number
  readonly queue?: string
  readonly attempt?: number
  readonly url?: string
  readonly flow?: string
  readonly trace?: string
  readonly span?: string
}

/** Writes a line of JSON that carries the ids of the flow and of the step it was written in. */
export function log(event: LogEntry['event'], fields: Partial<LogEntry> = {}): void {
  const active = context.active()
  const step = trace.getSpanContext(active)
  const entry: LogEntry = {
    service: process.env['OTEL_SERVICE_NAME'] ?? 'unknown',
    event,
    ...fields,
    flow: flowIdOf(active),
    trace: step?.traceId,
    span: step?.spanId,
  }
  console.log(JSON.stringify(entry))
}
