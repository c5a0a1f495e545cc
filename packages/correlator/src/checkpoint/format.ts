import type { LearnerState } from '../shape/learner.ts'
import type { TotalsState } from '../totals/totals.ts'
import { learnedFrom, learnedText } from './learned-text.ts'

/** What was worked out from the spans of a store. */
export interface Checkpoint {
  totals: TotalsState
  learned: LearnerState
}

/** What comes first, as JSON; the number of its bytes is before it. Everything else follows, in the order of `bytes`. */
interface Head {
  /** Whose rules and settings it rests on. */
  basis: string
  names: readonly string[]
  units: readonly string[]
  table: { units: number; unused: number }
  backlog: { start: number; end: number; since?: number; isGoing: boolean }
  bytes: { words: number; slots: number; news: number; learned: number }
}

const LENGTH_BYTES = 4

export async function encodeCheckpoint(
  { totals, learned }: Checkpoint,
  basis: string,
): Promise<Uint8Array[]> {
  const { names, units, table, backlog } = totals
  const { news, ...place } = backlog
  const parts = {
    words: bytesOf(table.words),
    slots: bytesOf(table.slots),
    news: bytesOf(news),
    learned: await learnedText(learned),
  }
  const head: Head = {
    basis,
    names,
    units,
    table: { units: table.units, unused: table.unused },
    backlog: place,
    bytes: {
      words: parts.words.length,
      slots: parts.slots.length,
      news: parts.news.length,
      learned: parts.learned.length,
    },
  }
  const text = Buffer.from(JSON.stringify(head))
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32LE(text.length)
  return [length, text, parts.words, parts.slots, parts.news, parts.learned]
}

/** Undefined if it rests on something else. */
export function decodeCheckpoint(bytes: Buffer, basis: string): Checkpoint | undefined {
  if (bytes.length < LENGTH_BYTES) return undefined
  let at = LENGTH_BYTES + bytes.readUInt32LE()
  const head = JSON.parse(bytes.toString('utf8', LENGTH_BYTES, at)) as Head
  if (head.basis !== basis) return undefined
  const take = (count: number): Buffer => bytes.subarray(at, (at += count))
  const { names, units, table, backlog } = head
  const [words, slots, news] = [head.bytes.words, head.bytes.slots, head.bytes.news].map((count) =>
    wordsOf(take(count)),
  ) as [Uint32Array, Uint32Array, Uint32Array]
  return {
    totals: { names, units, table: { words, slots, ...table }, backlog: { ...backlog, news } },
    learned: learnedFrom(take(head.bytes.learned).toString()),
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function wordsOf(bytes: Buffer): Uint32Array {
  const words = new Uint32Array(bytes.length / 4)
  Buffer.from(words.buffer).set(bytes)
  return words
}
