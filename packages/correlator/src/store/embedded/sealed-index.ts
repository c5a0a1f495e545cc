import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { Bloom } from './bloom.ts'
import {
  COUNTS,
  HEADER_WORDS,
  KEY_WORDS,
  layoutOf,
  MAGIC,
  ROW,
  SECOND_WORDS,
  VERSION,
  type Counts,
} from './sealed-format.ts'

const NONE: readonly number[] = []
/** Of a row, read at once with its count: most rows are short. */
const ROW_WORDS = 32

/** Answers from the file of a sealed index; in memory are only its buckets, its filter and its resources. */
export class SealedIndex {
  readonly counts: Counts
  readonly resources: Uint32Array
  readonly #file: number
  readonly #layout: ReturnType<typeof layoutOf>
  readonly #buckets: Uint32Array
  readonly #bucketShift: number
  readonly #filter: Bloom
  #seconds: WeakRef<Uint32Array> | undefined
  #isClosed = false

  private constructor(file: number, counts: Counts) {
    this.counts = counts
    this.#file = file
    this.#layout = layoutOf(counts)
    this.#buckets = this.#words(this.#layout.buckets, counts.buckets)
    this.#bucketShift = 32 - Math.log2(counts.buckets - 1)
    this.#filter = new Bloom(this.#words(this.#layout.filter, counts.filter))
    this.resources = this.#words(this.#layout.resources, counts.resources)
  }

  /** Undefined if the file is missing, cut off, or of another version: it can be made again from the log. */
  static open(path: string): SealedIndex | undefined {
    let file: number
    try {
      file = openSync(path, 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
    const header = new Uint32Array(HEADER_WORDS)
    readSync(file, header, 0, header.byteLength, 0)
    if (header[0] === MAGIC && header[1] === VERSION) {
      const counts = Object.fromEntries(
        COUNTS.map((name, index) => [name, header[index + 2]!]),
      ) as unknown as Counts
      if (layoutOf(counts).end === fstatSync(file).size) return new SealedIndex(file, counts)
    }
    closeSync(file)
    return undefined
  }

  get bytes(): number {
    return this.#layout.end
  }

  get earliest(): number {
    return this.counts.earliest
  }

  get latest(): number {
    return this.counts.latest
  }

  find(hi: number, lo: number): readonly number[] {
    if (!this.#filter.mayHave(hi, lo)) return NONE
    const bucket = hi >>> this.#bucketShift
    const from = this.#buckets[bucket]!
    const keys = this.#words(
      this.#layout.keys + from * KEY_WORDS * 4,
      (this.#buckets[bucket + 1]! - from) * KEY_WORDS,
    )
    for (let at = 0; at < keys.length; at += KEY_WORDS) {
      if (keys[at] !== hi || keys[at + 1] !== lo) continue
      const where = keys[at + 2]!
      return where < ROW ? [where] : this.#row(where - ROW)
    }
    return NONE
  }

  /** Seconds in which traces start, earliest first. None any more once it is closed. */
  seconds(): readonly number[] {
    if (this.#isClosed) return NONE
    return Array.from({ length: this.counts.seconds / SECOND_WORDS }, (_, index) => this.#secondAt(index))
  }

  tracesIn(second: number): readonly number[] {
    if (second < this.counts.earliest || second > this.counts.latest || this.#isClosed) return NONE
    let low = 0
    let high = this.counts.seconds / SECOND_WORDS
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#secondAt(middle) < second) low = middle + 1
      else high = middle
    }
    const seconds = this.#loadSeconds()
    if (seconds[low * SECOND_WORDS] !== second) return NONE
    const first = seconds[low * SECOND_WORDS + 1]!
    const next = seconds[(low + 1) * SECOND_WORDS + 1] ?? this.counts.traces
    return Array.from(this.#words(this.#layout.traces + first * 4, next - first))
  }

  close(): void {
    this.#isClosed = true
    closeSync(this.#file)
  }

  #row(row: number): number[] {
    const at = this.#layout.rows + row * 4
    const words = this.#words(at, Math.min(ROW_WORDS, this.counts.rows - row))
    const count = words[0]!
    return Array.from(count < words.length ? words.subarray(1, count + 1) : this.#words(at + 4, count))
  }

  #secondAt(index: number): number {
    return this.#loadSeconds()[index * SECOND_WORDS]!
  }

  /** The list of seconds is needed in bursts; between them the garbage collector may have it. */
  #loadSeconds(): Uint32Array {
    let seconds = this.#seconds?.deref()
    if (!seconds) {
      seconds = this.#words(this.#layout.seconds, this.counts.seconds)
      this.#seconds = new WeakRef(seconds)
    }
    return seconds
  }

  #words(at: number, count: number): Uint32Array {
    const words = new Uint32Array(count)
    if (count > 0) readSync(this.#file, words, 0, words.byteLength, at)
    return words
  }
}
