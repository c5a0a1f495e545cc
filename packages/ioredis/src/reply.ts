import { isEntryId, textOf, type RedisEntry } from './message.ts'

/** A stream's entries in a reply. */
export type StreamEntries = readonly [stream: string, entries: readonly RedisEntry[]]

export function isEntry(value: unknown): value is RedisEntry {
  return Array.isArray(value) && isEntryId(value[0]) && (value[1] === null || Array.isArray(value[1]))
}

/** The entries of each stream in a reply to XREAD or XREADGROUP, whatever the protocol and its mapping. */
export function streamsOf(reply: unknown): StreamEntries[] {
  if (typeof reply !== 'object' || reply === null) return []
  return pairsOf(reply).map(([stream, entries]) => [textOf(stream), entriesOf(entries)])
}

function pairsOf(reply: object): [unknown, unknown][] {
  if (reply instanceof Map) return [...reply]
  if (!Array.isArray(reply)) return Object.entries(reply)
  if (Array.isArray(reply[0])) return reply.filter((pair) => Array.isArray(pair)) as [unknown, unknown][]
  // RESP3's map, as `call` gives it: stream, entries, stream, entries, …
  return reply.flatMap((stream, at) => (at % 2 === 0 ? [[stream, reply[at + 1]] as [unknown, unknown]] : []))
}

/** The entries in a list; claims have gaps in theirs, and with JUSTID but ids. */
export function entriesOf(list: unknown): RedisEntry[] {
  return Array.isArray(list) ? list.filter(isEntry) : []
}
