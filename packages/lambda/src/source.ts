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
  /** Lambda's names of it, as `eventSource` tells them. */
  readonly names: readonly unknown[]
  /** Whether its events have one record each, whose answer is the function's. */
  readonly single?: boolean
  /** The records of an event, in their order; undefined where it cannot be one of this source's. */
  deliveries(event: unknown): Delivery<R>[] | undefined
  /** `contextKey` is for sources whose records have no headers but in their content. */
  carrier(contextKey: string | undefined): ReadCarrier<R>
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
