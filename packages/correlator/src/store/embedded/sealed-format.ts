/** The layout of an index file: `HEADER_WORDS` numbers of 32 bits, then the parts. */
export const MAGIC = 0x58494c46
export const VERSION = 1
/** Magic, version, and the counts in the order of `COUNTS`. */
export const HEADER_WORDS = 16
/** Hash (two numbers), first row. */
export const KEY_WORDS = 3

/** How many numbers each part has, and what the segment holds. */
export interface Counts {
  keys: number
  rows: number
  buckets: number
  filterWords: number
  resources: number
  traces: number
  spans: number
  flows: number
  messages: number
}

export const COUNTS: readonly (keyof Counts)[] = [
  'keys',
  'rows',
  'buckets',
  'filterWords',
  'resources',
  'traces',
  'spans',
  'flows',
  'messages',
]
