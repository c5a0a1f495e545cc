import type { KeyHash } from './hash.ts'
import type { Location, StoredSpan, StoreStats, TraceEntry } from './store.ts'

/** Positions must fit into 31 bits, with room for a last request. */
export const MAX_SEGMENT_BYTES = 1_000_000_000

/** A run of requests with an index of its own. Positions count from its start. */
export interface Segment {
  readonly number: number
  /** Positions of the spans with this key, oldest first. */
  find(hi: number, lo: number): readonly number[]
  read(position: number): StoredSpan
  /** Seconds in which the first and the last trace start. */
  readonly earliest: number
  readonly latest: number
  /** Seconds in which traces of this segment start, earliest first. */
  seconds(): readonly number[]
  tracesIn(second: number): readonly number[]
  stats(): SegmentStats
}

export type SegmentStats = Omit<StoreStats, 'dropped' | 'damaged' | 'faults'>

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

/**
 * The seconds of all segments that are in the range, newest first, each once. A segment is asked when the
 * walk has come to its last second: most lists end long before they have asked them all.
 */
export function* secondsOf(segments: readonly Segment[], since: number, until: number): Generator<number> {
  const waiting = segments
    .filter(({ earliest, latest }) => latest >= since && earliest <= until)
    .sort((a, b) => a.latest - b.latest)
  let open: number[] = []
  while (waiting.length > 0 || open.length > 0) {
    const joining: number[] = []
    let next = open.at(-1) ?? -1
    while (waiting.length > 0 && waiting.at(-1)!.latest >= next) {
      for (const second of waiting.pop()!.seconds())
        if (second >= since && second <= until) joining.push(second)
      next = Math.max(next, joining.at(-1) ?? -1)
    }
    if (joining.length > 0) open = [...new Set([...open, ...joining])].sort((a, b) => a - b)
    if (open.length > 0) yield open.pop()!
  }
}

export function tracesOf(segments: readonly Segment[], second: number): TraceEntry[] {
  const entries: TraceEntry[] = []
  for (const segment of segments)
    for (const position of segment.tracesIn(second))
      entries.push({ segment: segment.number, position, seconds: second })
  return entries
}

export function statsOf(segments: readonly Segment[]): SegmentStats {
  const total: SegmentStats = { spans: 0, flows: 0, messages: 0, bytes: 0 }
  for (const segment of segments) {
    const { spans, flows, messages, bytes } = segment.stats()
    total.spans += spans
    total.flows += flows
    total.messages += messages
    total.bytes += bytes
  }
  return total
}
