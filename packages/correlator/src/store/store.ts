import type { Scan } from '../decode/scan.ts'
import type { KeyHash } from './hash.ts'

/** Bytes of a request that hold a span or a resource, and where. */
export interface StoredSpan {
  bytes: Uint8Array
  /** Of the span's length. */
  position: number
  service: string
  /** Grows with each span that the store took, also over restarts. */
  sequence: number
  /** Set by who reads several stores at once: which one it is from. */
  source?: number
}

/** Points at one stored span. Opaque to all but the store that made it. */
export interface Location {
  segment: number
  position: number
}

/** A span that was the earliest of its trace when it came, for lists by time. */
export interface TraceEntry extends Location {
  /** Start in seconds since the epoch. */
  seconds: number
}

/** Counts of what was taken, a span that came twice counted twice. */
export interface StoreStats {
  spans: number
  /** Spans that nothing caused, as far as they say themselves. */
  flows: number
  /** Spans of kind PRODUCER. */
  messages: number
  bytes: number
  /** How many segments retention has taken since the store was opened. */
  dropped: number
  /** How many places on disk were found damaged since the store was opened; the spans there are left out. */
  damaged: number
  /** What fails behind requests at the moment, such as sealing or retention, in words for its operator. */
  faults: readonly string[]
}

/**
 * Keeps what was worked out from the spans of a store, so that a restart need not do it again. Sequences are
 * those of `StoredSpan`.
 */
export interface Checkpoints {
  /** Of the first request that is there, and of the one that comes next. */
  readonly start: number
  readonly end: number
  /**
   * Puts what is encoded in the place of those before, once everything is durable that came before the call.
   * Answers whether that succeeded; what failed is among the faults of the store.
   */
  save(encode: () => Promise<readonly Uint8Array[]>): Promise<boolean>
  /** What was saved last, if it is as it was saved. */
  load(): Buffer | undefined
  /** Drops what was saved and tells why. */
  discard(why: string): void
  /** The requests from there on, until now, scanned anew. */
  requestsFrom(sequence: number): Iterable<Scan>
}

/**
 * Keeps requests and finds their spans by join key. Spans are found as soon as `append` was called;
 * they are durable, as far as the store is, when its promise resolves.
 *
 * Reads are synchronous: a read that hits the page cache costs less than a promise, and a graph walk is a
 * few dozen of them.
 */
export interface Store {
  /**
   * @param body may be used for something else once the promise has settled
   * @param scan of this body; it is read before `append` returns
   * @throws StoreError, OverloadError; nothing of the body is kept then
   */
  append(body: Uint8Array, scan: Scan): Promise<void>
  /** Where spans with this join key are, in the order in which they came. Other keys may share the hash. */
  find(key: KeyHash): Location[]
  read(location: Location): StoredSpan
  /** Seconds in which traces start, newest first, each once. */
  seconds(since: number, until: number): Iterable<number>
  /** Traces that start in this second; more than once, or in a second that is no longer right, when spans came late. */
  tracesIn(second: number): TraceEntry[]
  stats(): StoreStats
  /** Missing where the store itself does not outlive a restart. */
  readonly checkpoints?: Checkpoints
  close(): Promise<void>
}
