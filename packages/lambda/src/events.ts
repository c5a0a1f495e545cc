import type { Destination } from '@flowstitch/core'
import type { Delivery } from './source.ts'

interface Named {
  readonly eventSource?: unknown
  /** SNS alone spells it so. */
  readonly EventSource?: unknown
  readonly 'detail-type'?: unknown
}

/** The records in a list: `Records` of the event, or the event itself where a pipe of EventBridge brings it. */
export function listed<R>(
  event: unknown,
  destinationOf: (record: R) => Destination | undefined,
): Delivery<R>[] | undefined {
  const records = Array.isArray(event) ? event : (event as { Records?: unknown } | null | undefined)?.Records
  if (!Array.isArray(records)) return undefined
  return Array.from(records as R[], (record) => ({ record, destination: destinationOf(record) }))
}

/** The records in lists by a name, each of which has the same destination. */
export function grouped<R>(
  groups: unknown,
  destinationOf: (name: string, record: R) => Destination | undefined,
): Delivery<R>[] | undefined {
  if (typeof groups !== 'object' || groups === null) return undefined
  return Object.entries(groups).flatMap(([name, records]) =>
    Array.isArray(records)
      ? Array.from(records as R[], (record) => ({ record, destination: destinationOf(name, record) }))
      : [],
  )
}

/** What Lambda calls the source of an event, as the event or its first record says. */
export function sourceName(event: unknown): unknown {
  const { Records, ...own } = (event ?? {}) as Named & { Records?: readonly Named[] }
  const [first] = Array.isArray(event) ? (event as Named[]) : Array.isArray(Records) ? Records : []
  if (typeof own['detail-type'] === 'string') return 'aws:events'
  return own.eventSource ?? first?.eventSource ?? first?.EventSource
}

/** A destination of this name, where it is one. */
export function named(name: unknown): Destination | undefined {
  return typeof name === 'string' && name !== '' ? { name } : undefined
}
