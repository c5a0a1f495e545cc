import type { Facts } from './messaging.ts'

/** Messages that lie one behind the other: `count` of them, from `log/start` on. */
export interface CoordinateRange {
  readonly log: string
  readonly start: number
  readonly count: number
}

/** As a send span has them that several messages share: `kafka/orders/3/1842+57`. */
const RANGE = /^(.+)\/(\d{1,15})\+(\d{1,6})$/s
const PLACE = /^(.+)\/(\d{1,15})$/s

/** Messages of one span, and ranges that name them: what a span may say must not cost what it wants. */
const MAX_MESSAGES = 65_536
const MAX_RANGES = 1_024

/**
 * Ranges are looked up by blocks of places, of the size that gives a range few blocks and a block few ranges.
 * Powers of two, from the smallest.
 */
const BLOCK_BITS = [6, 12] as const
const MAX_SMALL_BLOCKS = 16

const EMPTY: readonly CoordinateRange[] = []
const known = new WeakMap<readonly string[], readonly CoordinateRange[]>()

/** Where the broker has put the messages of a send, as far as the span says; no more than a span may name. */
export function rangesOf({ coordinates }: Facts): readonly CoordinateRange[] {
  if (!coordinates) return EMPTY
  let ranges = known.get(coordinates)
  if (!ranges) known.set(coordinates, (ranges = readRanges(coordinates)))
  return ranges
}

function readRanges(entries: readonly string[]): CoordinateRange[] {
  const ranges: CoordinateRange[] = []
  let left = MAX_MESSAGES
  for (const entry of entries.slice(0, MAX_RANGES)) {
    const [, log, start, count] = RANGE.exec(entry) ?? []
    if (log === undefined) continue
    const taken = Math.min(Number(count), left)
    if (taken > 0) ranges.push({ log, start: Number(start), count: taken })
    left -= taken
  }
  return ranges
}

/** Every coordinate in the ranges, in their order. */
export function* coordinatesIn(ranges: readonly CoordinateRange[]): Generator<string> {
  for (const { log, start, count } of ranges)
    for (let place = start; place < start + count; place++) yield `${log}/${place}`
}

export function isIn(ranges: readonly CoordinateRange[], coordinate: string): boolean {
  const [, log, text] = PLACE.exec(coordinate) ?? []
  const place = Number(text)
  return ranges.some(
    (range) => range.log === log && place >= range.start && place < range.start + range.count,
  )
}

/** The keys that a range is found by. */
export function* blocksOf({ log, start, count }: CoordinateRange): Generator<string> {
  const [small, large] = BLOCK_BITS
  const bits = count <= MAX_SMALL_BLOCKS * 2 ** small ? small : large
  for (let block = blockOf(start, bits); block <= blockOf(start + count - 1, bits); block++)
    yield keyOf(log, bits, block)
}

/** The keys of the blocks that a place lies in: one of them belongs to every range that it is in. */
export function blocksAround(coordinate: string): string[] {
  const slash = coordinate.lastIndexOf('/')
  const place = Number(coordinate.slice(slash + 1))
  if (slash < 1 || !Number.isSafeInteger(place) || place < 0) return []
  const log = coordinate.slice(0, slash)
  return BLOCK_BITS.map((bits) => keyOf(log, bits, blockOf(place, bits)))
}

/** A range, as spans have it, that is found by this block and by no other. */
export function rangeWithin(block: string): string {
  const [, log, bits, number] = /^(.+)\/(\d+)\/(\d+)$/s.exec(block)!
  const [small, large] = BLOCK_BITS
  return `${log}/${Number(number) * 2 ** Number(bits)}+${Number(bits) === small ? 1 : 2 ** large}`
}

function blockOf(place: number, bits: number): number {
  return Math.floor(place / 2 ** bits)
}

function keyOf(log: string, bits: number, block: number): string {
  return `${log}/${bits}/${block}`
}
