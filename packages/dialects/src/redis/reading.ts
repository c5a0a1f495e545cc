import { isEntry, type RedisEntry } from './entry.ts'
import { textOf } from './text.ts'

type Arguments = readonly unknown[]

/** A stream's entries in a reply. */
export type StreamEntries = readonly [stream: string, entries: readonly RedisEntry[]]

/** A command that asks for entries. */
export interface Read {
  readonly streams: readonly string[]
  readonly group?: string | undefined
  readonly consumer?: string | undefined
  /** Which delivery its entries are, at least; undefined where no group counts. */
  attempt(stream: string): number | undefined
  /** The entries in its reply. */
  entriesIn(reply: unknown): readonly StreamEntries[]
}

/** What XREAD, XREADGROUP, XCLAIM or XAUTOCLAIM asks for; undefined for other commands, and what makes no sense. */
export function readOf(name: string, args: Arguments): Read | undefined {
  switch (name) {
    case 'xread':
      return streamsRead(args, 0)
    case 'xreadgroup':
      return streamsRead(args, 3)
    case 'xclaim':
      return claimOf(args, (reply) => reply)
    case 'xautoclaim':
      return claimOf(args, (reply) => (Array.isArray(reply) ? reply[1] : undefined))
    default:
      return undefined
  }
}

/** `from` is where the options begin: behind GROUP, its name and the consumer's. */
function streamsRead(args: Arguments, from: 0 | 3): Read | undefined {
  const at = args.findIndex((arg, index) => index >= from && textOf(arg).toUpperCase() === 'STREAMS')
  if (at < 0) return undefined
  const count = (args.length - at - 1) / 2
  const streams = args.slice(at + 1, at + 1 + count).map(textOf)
  if (from === 0) return { streams, attempt: () => undefined, entriesIn: streamsOf }
  // `>` is for what the group has never delivered; any other id for what the consumer has got before.
  const fresh = new Set(streams.filter((_, index) => textOf(args[at + 1 + count + index]) === '>'))
  return {
    streams,
    group: textOf(args[1]),
    consumer: textOf(args[2]),
    attempt: (stream) => (fresh.has(stream) ? 1 : 2),
    entriesIn: streamsOf,
  }
}

/** Entries that another consumer has got, and not settled; `listIn` finds them in the reply. */
function claimOf(args: Arguments, listIn: (reply: unknown) => unknown): Read {
  const [stream = '', group, consumer] = args.slice(0, 3).map(textOf)
  return {
    streams: [stream],
    group,
    consumer,
    attempt: () => 2,
    entriesIn: (reply) => [[stream, entriesOf(listIn(reply))]],
  }
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
  // RESP3's map, as it stands in the protocol: stream, entries, stream, entries, …
  return reply.flatMap((stream, at) => (at % 2 === 0 ? [[stream, reply[at + 1]] as [unknown, unknown]] : []))
}

/** The entries in a list; claims have gaps in theirs, and with JUSTID but ids. */
export function entriesOf(list: unknown): RedisEntry[] {
  return Array.isArray(list) ? list.filter(isEntry) : []
}
