import { DecodeError, OverloadError, StoreError } from '@flowstitch/correlator'
import type { Encoding, Engine } from '@flowstitch/correlator'
import type { ServerMetrics } from './metrics.ts'

/** How a request came in; one word a label of the metrics. */
export type Protocol = 'http/protobuf' | 'http/json' | 'http/zipkin' | 'grpc'

/** What became of one export request. Only `stored` is a success, and it means durable. */
export type IngestOutcome =
  | { kind: 'stored'; rejected: number; message: string }
  | { kind: 'invalid'; message: string }
  | { kind: 'overloaded'; message: string; retryAfterMs: number }

/** Hands the bytes of one export request to the engine. Never rejects. */
export type Ingest = (body: Uint8Array, encoding: Encoding, protocol: Protocol) => Promise<IngestOutcome>

const RETRY_AFTER_MS = 1000
const LOG_EVERY_MS = 60_000

/** The one way from both transports to the engine; counts and times what passes. */
export function ingestInto(engine: Engine, metrics: ServerMetrics, log: (line: string) => void): Ingest {
  let logged = ''
  let loggedAt = -Infinity
  /** Senders come again and again while a disk is full: the same words once a minute are enough. */
  function logOnce(failure: string): void {
    const now = performance.now()
    if (failure === logged && now - loggedAt < LOG_EVERY_MS) return
    logged = failure
    loggedAt = now
    log(`could not store spans: ${failure}`)
  }
  return async function ingest(body, encoding, protocol) {
    const done = metrics.ingestStarted(protocol, body.byteLength)
    try {
      const { accepted, rejected, message = '' } = await engine.ingest(body, encoding)
      done('stored', accepted, rejected)
      return { kind: 'stored', rejected, message }
    } catch (error) {
      const outcome = outcomeOf(error)
      done(outcome.kind)
      if (!(error instanceof DecodeError || error instanceof OverloadError)) logOnce(String(error))
      return outcome
    }
  }
}

/**
 * Anything but undecodable bytes asks the sender to come again: a full disk or a fault of ours must not make
 * exporters drop spans, as they do for the errors that OTLP calls permanent.
 */
function outcomeOf(error: unknown): Exclude<IngestOutcome, { kind: 'stored' }> {
  if (error instanceof DecodeError) return { kind: 'invalid', message: error.message }
  if (error instanceof OverloadError) {
    return { kind: 'overloaded', message: error.message, retryAfterMs: error.retryAfterSeconds * 1000 }
  }
  const why = error instanceof StoreError ? `: ${error.message}` : ''
  return {
    kind: 'overloaded',
    message: `the spans could not be stored; try again later${why}`,
    retryAfterMs: RETRY_AFTER_MS,
  }
}
