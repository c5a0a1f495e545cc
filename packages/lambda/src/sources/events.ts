import type { Destination } from '@flowstitch/core'
import type { Delivery } from '../source.ts'

/** The records in a list: `Records` of the event, or the event itself where a pipe of EventBridge brings it. */
export function listed<R>(
  event: unknown,
  destinationOf: (record: R) => Destination | undefined,
): Delivery<R>[] | undefined {
  const records = listIn(event) as R[] | undefined
  return records && Array.from(records, (record) => ({ record, destination: destinationOf(record) }))
}

/** The records in lists that `field` of the event has by a name; without one where a pipe brings them. */
export function grouped<R>(
  event: unknown,
  field: string,
  destinationOf: (record: R, name?: string) => Destination | undefined,
): Delivery<R>[] | undefined {
  if (Array.isArray(event)) return listed(event, destinationOf)
  const groups = (event as Record<string, unknown> | null | undefined)?.[field]
  if (typeof groups !== 'object' || groups === null) return undefined
  return Object.entries(groups).flatMap(
    ([name, records]) => listed<R>(records, (record) => destinationOf(record, name)) ?? [],
  )
}

interface Named {
  readonly eventSource?: unknown
  /** SNS alone spells it so. */
  readonly EventSource?: unknown
  readonly 'detail-type'?: unknown
}

/** What Lambda calls the source of an event, as the event or its first record says. */
export function sourceName(event: unknown): unknown {
  const whole = event as Named | null | undefined
  if (typeof whole?.['detail-type'] === 'string') return 'aws:events'
  const first = listIn(event)?.[0] as Named | null | undefined
  return whole?.eventSource ?? first?.eventSource ?? first?.EventSource
}

function listIn(event: unknown): unknown[] | undefined {
  const list = Array.isArray(event) ? event : (event as { Records?: unknown } | null | undefined)?.Records
  return Array.isArray(list) ? list : undefined
}

/** A destination of this name, where it is one. */
export function named(name: unknown): Destination | undefined {
  return typeof name === 'string' && name !== '' ? { name } : undefined
}
