import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { Bloom } from './bloom.ts'
import { COUNTS, HEADER_WORDS, KEY_WORDS, MAGIC, VERSION, type Counts } from './sealed-format.ts'

/** Answers from the file of a sealed index; in memory are only its buckets, its filter and its resources. */
export class SealedIndex {
  readonly counts: Counts
  readonly resources: Uint32Array
  readonly #file: number
  readonly #buckets: Uint32Array
  readonly #bucketShift: number
  readonly #filter: Bloom
  readonly #tracesAt: number
  readonly #keysAt: number
  readonly #rowsAt: number
  #traces: WeakRef<Uint32Array> | undefined

  private constructor(file: number, counts: Counts) {
    this.counts = counts
    this.#file = file
    const bucketsAt = HEADER_WORDS * 4
    const filterAt = bucketsAt + counts.buckets * 4
    const resourcesAt = filterAt + counts.filterWords * 4
    this.#tracesAt = resourcesAt + counts.resources * 4
    this.#keysAt = this.#tracesAt + counts.traces * 4
    this.#rowsAt = this.#keysAt + (counts.keys + 1) * KEY_WORDS * 4
    this.#buckets = this.#words(bucketsAt, counts.buckets)
    this.#bucketShift = 32 - Math.log2(counts.buckets - 1)
    this.#filter = new Bloom(this.#words(filterAt, counts.filterWords))
    this.resources = this.#words(resourcesAt, counts.resources)
  }

  /** Undefined if the file is missing, cut off, or of another version: it can be made again from the log. */
  static open(path: string): SealedIndex | undefined {
    let file: number
    try {
      file = openSync(path, 'r')
    } catch {
      return undefined
    }
    const header = new Uint32Array(HEADER_WORDS)
    readSync(file, header, 0, header.byteLength, 0)
    if (header[0] === MAGIC && header[1] === VERSION) {
      const counts = Object.fromEntries(
        COUNTS.map((name, index) => [name, header[index + 2]!]),
      ) as unknown as Counts
      if (sizeOf(counts) === fstatSync(file).size) return new SealedIndex(file, counts)
    }
    closeSync(file)
    return undefined
  }

  get bytes(): number {
    return sizeOf(this.counts)
  }

  find(hi: number, lo: number): readonly number[] {
    if (!this.#filter.mayHave(hi, lo)) return []
    const bucket = hi >>> this.#bucketShift
    const from = this.#buckets[bucket]!
    const keys = this.#words(
      this.#keysAt + from * KEY_WORDS * 4,
      (this.#buckets[bucket + 1]! - from + 1) * KEY_WORDS,
    )
    for (let at = 0; at + KEY_WORDS < keys.length; at += KEY_WORDS) {
      if (keys[at] !== hi || keys[at + 1] !== lo) continue
      const row = keys[at + 2]!
      return Array.from(this.#words(this.#rowsAt + row * 4, keys[at + KEY_WORDS + 2]! - row))
    }
    return []
  }

  seconds(): Iterable<number> {
    const seconds = new Set<number>()
    const traces = this.#loadTraces()
    for (let at = 0; at < traces.length; at += 2) seconds.add(traces[at]!)
    return seconds
  }

  tracesIn(second: number): readonly number[] {
    const traces = this.#loadTraces()
    let low = 0
    let high = traces.length / 2
    while (low < high) {
      const middle = (low + high) >>> 1
      if (traces[middle * 2]! < second) low = middle + 1
      else high = middle
    }
    const positions: number[] = []
    for (let at = low * 2; at < traces.length && traces[at] === second; at += 2)
      positions.push(traces[at + 1]!)
    return positions
  }

  close(): void {
    closeSync(this.#file)
  }

  /** The list of traces is needed in bursts; between them the garbage collector may have it. */
  #loadTraces(): Uint32Array {
    let traces = this.#traces?.deref()
    if (!traces) {
      traces = this.#words(this.#tracesAt, this.counts.traces)
      this.#traces = new WeakRef(traces)
    }
    return traces
  }

  #words(at: number, count: number): Uint32Array {
    const words = new Uint32Array(count)
    if (count > 0) readSync(this.#file, words, 0, words.byteLength, at)
    return words
  }
}

function sizeOf({ buckets, filterWords, resources, traces, keys, rows }: Counts): number {
  return (HEADER_WORDS + buckets + filterWords + resources + traces + (keys + 1) * KEY_WORDS + rows) * 4
}
