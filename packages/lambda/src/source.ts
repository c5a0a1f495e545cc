import type { Destination, InvocationFacts, MessageFacts, ReadCarrier } from '@flowstitch/core'
import type { LambdaOptions, PartialFailures } from './options.ts'

/** One record of an event, and where it came from. */
export interface Delivery<R> {
  readonly record: R
  readonly destination: Destination | undefined
}

/** What brings events to a function: what its records are and say. */
export interface EventSource<R> {
  /** The value of `messaging.system.name`. */
  readonly system: string
  readonly trigger: InvocationFacts['trigger']
  /** Whether its events have one record each, whose answer is the function's. */
  readonly single?: boolean
  readonly carrier: ReadCarrier<R>
  /** The records of an event, in their order; undefined where it cannot be one of this source's. */
  deliveries(event: unknown): Delivery<R>[] | undefined
  /** Whether a record says that it is of this source. */
  isOwn(record: R): boolean
  facts(delivery: Delivery<R>, options: LambdaOptions<R>): MessageFacts
  /** For sources to which a function can report single records as failed. */
  readonly batch?: BatchRules<R>
}

/** How a source takes it that some records of an event failed. */
export interface BatchRules<R> {
  /** What Lambda calls a record by; undefined where it has no name. */
  failureId(record: R): unknown
  /** Records of one lane are handled one after the other, and none behind one that failed. Undefined is a lane of its own. */
  lane(record: R, wanted: PartialFailures): string | undefined
  /** Whether Lambda retries what is behind a failed record without being told. */
  readonly retriesRest: boolean
}

/** The records of an event in which they lie in a list: bare, where a pipe of EventBridge brings them. */
export function recordsIn<R>(event: unknown, list: (event: object) => unknown): readonly R[] | undefined {
  if (typeof event !== 'object' || event === null) return undefined
  const records = Array.isArray(event) ? event : list(event)
  return Array.isArray(records) ? (records as R[]) : undefined
}

/** `Records`, in which most sources have them. */
export function listedRecords<R>(event: unknown): readonly R[] | undefined {
  return recordsIn(event, (listing) => (listing as { Records?: unknown }).Records)
}
