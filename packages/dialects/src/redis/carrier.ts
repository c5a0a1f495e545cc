import { contextHeaders, type Carrier, type ReadCarrier } from '@flowstitch/core'
import type { RedisEntry, RedisOutgoing } from './entry.ts'
import { textOf, type RedisText } from './text.ts'

const NO_FIELDS: readonly RedisText[] = []

/** Entries have no headers: the context travels in fields behind the user's own. */
export const sentCarrier: Carrier<RedisOutgoing> = {
  get: ({ fields }, name) => valueOf(fields, name),
  names: ({ fields }) => namesOf(fields),
  with: (message, fields) => ({ ...message, fields: [...message.fields, ...Object.entries(fields).flat()] }),
}

/** What `takeContext` has taken out of an entry, field by field. */
const taken = new WeakMap<RedisEntry, readonly RedisText[]>()

/** The fields of received entries, those that were taken out included. */
export const receivedCarrier: ReadCarrier<RedisEntry> = {
  get: (entry, name) => valueOf(taken.get(entry) ?? entry[1] ?? NO_FIELDS, name),
  names: (entry) => namesOf(taken.get(entry) ?? entry[1] ?? NO_FIELDS),
}

/**
 * Takes out of an entry the fields that an instrumented client has put in, so that the application sees what
 * was added: ours are the last ones, and tell of the flow. Whatever else stands in an entry, a `traceparent`
 * of the application's own too, stays. The entry is fresh from the socket: nobody has seen it yet.
 */
export function takeContext(entry: RedisEntry): boolean {
  const fields = entry[1] as RedisText[] | null
  if (!fields) return false
  const from = lastIndexOf(fields, 'traceparent')
  if (from < 0 || !isOurs(fields, from)) return false
  taken.set(entry, fields.splice(from))
  return true
}

function isOurs(fields: readonly RedisText[], from: number): boolean {
  const state = valueOf(fields.slice(from), 'tracestate')
  if (!state?.startsWith('flowstitch=')) return false
  const known = new Set(contextHeaders())
  return namesOf(fields.slice(from)).every((name) => known.has(name))
}

function lastIndexOf(fields: readonly RedisText[], name: string): number {
  for (let at = fields.length - 2; at >= 0; at -= 2) if (isName(fields[at], name)) return at
  return -1
}

function valueOf(fields: readonly RedisText[], name: string): string | undefined {
  for (let at = 0; at < fields.length - 1; at += 2)
    if (isName(fields[at], name)) return textOf(fields[at + 1])
  return undefined
}

function namesOf(fields: readonly RedisText[]): string[] {
  return fields.filter((_, at) => at % 2 === 0).map(textOf)
}

function isName(field: RedisText | undefined, name: string): boolean {
  if (typeof field === 'string') return field === name
  return field?.length === name.length && field.toString('latin1') === name
}
