/**
 * The layout of an index file: `HEADER_WORDS` numbers of 32 bits, then the parts in the order of `PARTS`, then
 * the CRC-32 of each page before, and that of these sums. Version 2 ended with the parts.
 */
export const MAGIC = 0x58494c46
export const VERSION = 3
export const VERSION_WITHOUT_SUMS = 2
/** What one checksum is of: as much as is read for one key. */
export const PAGE_BYTES = 4096
/** Magic, version, and the counts in the order of `COUNTS`. */
export const HEADER_WORDS = 16
/** Hash (two numbers), and the position of the one span with this key, or, if there are more, their row. */
export const KEY_WORDS = 3
/** Marks a row in the third number of a key; positions are below it. A row is a count, and as many positions. */
export const ROW = 0x8000_0000
/** Second, and the index of the first of its traces. */
export const SECOND_WORDS = 2

/** How many numbers each part has, and what the segment holds. */
export interface Counts {
  buckets: number
  filter: number
  resources: number
  seconds: number
  traces: number
  keys: number
  rows: number
  /** Seconds in which the first and the last trace start. */
  earliest: number
  latest: number
  spans: number
  flows: number
  messages: number
}

export const PARTS = ['buckets', 'filter', 'resources', 'seconds', 'traces', 'keys', 'rows'] as const

export const COUNTS: readonly (keyof Counts)[] = [
  ...PARTS,
  'earliest',
  'latest',
  'spans',
  'flows',
  'messages',
]

/** Where each part starts, the sums start, and the whole file ends, in bytes. */
export type Layout = Record<(typeof PARTS)[number] | 'sums' | 'end', number>

export function layoutOf(counts: Counts, version: number): Layout {
  const layout: Partial<Layout> = {}
  let at = HEADER_WORDS * 4
  for (const part of PARTS) {
    layout[part] = at
    at += counts[part] * 4
  }
  const sums = version === VERSION_WITHOUT_SUMS ? 0 : Math.ceil(at / PAGE_BYTES) + 1
  return { ...(layout as Record<(typeof PARTS)[number], number>), sums: at, end: at + sums * 4 }
}
