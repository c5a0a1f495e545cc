import type { KeyHash } from './hash.ts'
import type { Location, StoredSpan, StoreStats, TraceEntry } from './store.ts'

/** A run of requests with an index of its own. Positions count from its start. */
export interface Segment {
  readonly number: number
  /** Positions of the spans with this key, oldest first. */
  find(hi: number, lo: number): readonly number[]
  read(position: number): StoredSpan
  /** Seconds in which traces of this segment start, in no order. */
  seconds(): Iterable<number>
  tracesIn(second: number): readonly number[]
  stats(): SegmentStats
}

export type SegmentStats = Omit<StoreStats, 'dropped'>

export function findIn(segments: readonly Segment[], key: KeyHash): Location[] {
  const locations: Location[] = []
  for (const segment of segments)
    for (const position of segment.find(key.hi, key.lo)) locations.push({ segment: segment.number, position })
  return locations
}

/** The segments are numbered in order, without gaps unless somebody took a file away. */
export function segmentOf<S extends Segment>(segments: readonly S[], { segment }: Location): S {
  const guess = segments[segment - segments[0]!.number]
  return guess?.number === segment ? guess : segments.find(({ number }) => number === segment)!
}

/** The seconds of all segments that are in the range, newest first, each once. */
export function secondsOf(segments: readonly Segment[], since: number, until: number): number[] {
  const all = new Set<number>()
  for (const segment of segments)
    for (const second of segment.seconds()) if (second >= since && second <= until) all.add(second)
  return [...all].sort((a, b) => b - a)
}

export function tracesOf(segments: readonly Segment[], second: number): TraceEntry[] {
  const entries: TraceEntry[] = []
  for (const segment of segments)
    for (const position of segment.tracesIn(second))
      entries.push({ segment: segment.number, position, seconds: second })
  return entries
}

export function statsOf(segments: readonly Segment[], dropped: number): StoreStats {
  const total: StoreStats = { spans: 0, flows: 0, messages: 0, bytes: 0, dropped }
  for (const segment of segments) {
    const { spans, flows, messages, bytes } = segment.stats()
    total.spans += spans
    total.flows += flows
    total.messages += messages
    total.bytes += bytes
  }
  return total
}
