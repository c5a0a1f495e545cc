import { decodeService } from '../decode/span.ts'
import type { Scan } from '../decode/scan.ts'
import type { KeyHash } from './hash.ts'
import { HotIndex } from './hot-index.ts'
import { newestFirst } from './seconds.ts'
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
  return new MemoryStore(maxBytes, Math.min(segmentBytes, maxBytes))
}

class MemorySegment {
  readonly index = new HotIndex()
  readonly starts: number[] = []
  readonly bodies: Uint8Array[] = []
  readonly number: number
  /** Bytes that the store took before this segment. */
  readonly base: number
  bytes = 0

  constructor(number: number, base: number) {
    this.number = number
    this.base = base
  }

  append(body: Uint8Array, scan: Scan): void {
    this.index.add(scan, this.bytes)
    this.starts.push(this.bytes)
    this.bodies.push(body)
    this.bytes += body.length
  }

  read(position: number): StoredSpan {
    const number = this.#bodyAt(position)
    const start = this.starts[number]!
    const bytes = this.bodies[number]!
    const resource = this.index.resourceOf(position)
    const service = resource === 0 ? 'unknown_service' : decodeService(bytes, resource - start)
    return { bytes, position: position - start, service, sequence: this.base + position }
  }

  #bodyAt(position: number): number {
    let low = 0
    let high = this.starts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.starts[middle]! <= position) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}

class MemoryStore implements Store {
  readonly #maxBytes: number
  readonly #segmentBytes: number
  #segments: MemorySegment[] = [new MemorySegment(0, 0)]

  constructor(maxBytes: number, segmentBytes: number) {
    this.#maxBytes = maxBytes
    this.#segmentBytes = segmentBytes
  }

  append(body: Uint8Array, scan: Scan): Promise<void> {
    let segment = this.#segments.at(-1)!
    if (segment.bytes > 0 && segment.bytes + body.length > this.#segmentBytes) {
      segment = new MemorySegment(segment.number + 1, segment.base + segment.bytes)
      this.#segments.push(segment)
      this.#dropOldest()
    }
    segment.append(body, scan)
    return Promise.resolve()
  }

  #dropOldest(): void {
    while (this.#segments.length > 1 && this.stats().bytes + this.#segmentBytes > this.#maxBytes)
      this.#segments.shift()
  }

  find(key: KeyHash): Location[] {
    return this.#segments.flatMap((segment) =>
      segment.index.postings.get(key.hi, key.lo).map((position) => ({ segment: segment.number, position })),
    )
  }

  read(location: Location): StoredSpan {
    return this.#segments[location.segment - this.#segments[0]!.number]!.read(location.position)
  }

  seconds(since: number, until: number): Iterable<number> {
    return newestFirst(
      this.#segments.map((segment) => segment.index.seconds()),
      since,
      until,
    )
  }

  tracesIn(seconds: number): TraceEntry[] {
    return this.#segments.flatMap((segment) =>
      segment.index.tracesIn(seconds).map((position) => ({ segment: segment.number, position, seconds })),
    )
  }

  stats(): StoreStats {
    const stats: StoreStats = { spans: 0, flows: 0, messages: 0, bytes: 0 }
    for (const { index, bytes } of this.#segments) {
      stats.spans += index.spans
      stats.flows += index.flows
      stats.messages += index.messages
      stats.bytes += bytes
    }
    return stats
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
