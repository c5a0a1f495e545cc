import type { Scan } from '../decode/scan.ts'
import type { KeyHash } from './hash.ts'
import { HotIndex } from './hot-index.ts'
import {
  findIn,
  MAX_SEGMENT_BYTES,
  secondsOf,
  segmentOf,
  statsOf,
  tracesOf,
  type Segment,
  type SegmentStats,
} from './segment.ts'
import { ServiceCache } from './service-cache.ts'
import { Slabs } from './slabs.ts'
import type { Location, Store, StoredSpan, StoreStats, TraceEntry } from './store.ts'

/** Settings of `memoryStore`, in bytes of requests. */
export interface MemoryStoreOptions {
  /** The oldest segments go when the store holds more. */
  maxBytes?: number
  segmentBytes?: number
}

/** Keeps everything in memory, and nothing when the process ends. */
export function memoryStore({
  maxBytes = 2_000_000_000,
  segmentBytes = 64_000_000,
}: MemoryStoreOptions = {}): Store {
  return new MemoryStore(maxBytes, Math.min(segmentBytes, maxBytes / 2, MAX_SEGMENT_BYTES))
}

class MemorySegment implements Segment {
  readonly number: number
  /** Bytes that the store took before this segment. */
  readonly base: number
  readonly #index = new HotIndex()
  readonly #services = new ServiceCache()
  readonly #starts: number[] = []
  readonly #bodies: Uint8Array[] = []
  bytes = 0

  constructor(number: number, base: number) {
    this.number = number
    this.base = base
  }

  append(body: Uint8Array, scan: Scan): void {
    this.#index.add(scan, this.bytes)
    this.#starts.push(this.bytes)
    this.#bodies.push(body)
    this.bytes += body.length
  }

  find(hi: number, lo: number): readonly number[] {
    return this.#index.postings.get(hi, lo)
  }

  read(position: number): StoredSpan {
    const number = this.#bodyAt(position)
    const start = this.#starts[number]!
    const bytes = this.#bodies[number]!
    const resource = this.#index.resourceOf(position)
    const service = this.#services.get(resource, () => ({ bytes, position: resource - start }))
    return { bytes, position: position - start, service, sequence: this.base + position }
  }

  get earliest(): number {
    return this.#index.earliest
  }

  get latest(): number {
    return this.#index.latest
  }

  seconds(): readonly number[] {
    return this.#index.seconds()
  }

  tracesIn(second: number): readonly number[] {
    return this.#index.tracesIn(second)
  }

  stats(): SegmentStats {
    const { spans, flows, messages } = this.#index
    return { spans, flows, messages, bytes: this.bytes }
  }

  #bodyAt(position: number): number {
    let low = 0
    let high = this.#starts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#starts[middle]! <= position) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}

class MemoryStore implements Store {
  readonly #maxBytes: number
  readonly #segmentBytes: number
  readonly #segments: MemorySegment[] = [new MemorySegment(0, 0)]
  readonly #slabs = new Slabs()
  #dropped = 0

  constructor(maxBytes: number, segmentBytes: number) {
    this.#maxBytes = maxBytes
    this.#segmentBytes = segmentBytes
  }

  append(body: Uint8Array, scan: Scan): Promise<void> {
    let segment = this.#segments.at(-1)!
    if (segment.bytes > 0 && segment.bytes + body.length > this.#segmentBytes) {
      segment = new MemorySegment(segment.number + 1, segment.base + segment.bytes)
      this.#segments.push(segment)
    }
    segment.append(this.#slabs.copy(body), scan)
    while (this.#segments.length > 1 && this.stats().bytes > this.#maxBytes) {
      this.#segments.shift()
      this.#dropped++
    }
    return Promise.resolve()
  }

  find(key: KeyHash): Location[] {
    return findIn(this.#segments, key)
  }

  read(location: Location): StoredSpan {
    return segmentOf(this.#segments, location).read(location.position)
  }

  seconds(since: number, until: number): Iterable<number> {
    return secondsOf(this.#segments, since, until)
  }

  tracesIn(second: number): TraceEntry[] {
    return tracesOf(this.#segments, second)
  }

  stats(): StoreStats {
    return { ...statsOf(this.#segments), dropped: this.#dropped, damaged: 0, faults: [] }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
