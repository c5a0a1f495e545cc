import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { Bloom } from './bloom.ts'
import { Damage } from './damage.ts'
import {
  COUNTS,
  HEADER_WORDS,
  KEY_WORDS,
  layoutOf,
  MAGIC,
  PAGE_BYTES,
  ROW,
  SECOND_WORDS,
  VERSION,
  VERSION_WITHOUT_SUMS,
  type Counts,
  type Layout,
} from './sealed-format.ts'

const NONE: readonly number[] = []
/** Of a row, read at once with its count: most rows are short. */
const ROW_WORDS = 32

/**
 * Answers from the file of a sealed index; in memory are only its buckets, its filter and its resources.
 * Whatever reads throws `Damage` when the file is not as it was written: it can be made again from the log.
 */
export class SealedIndex {
  readonly counts: Counts
  readonly resources: Uint32Array
  readonly #path: string
  readonly #file: number
  readonly #layout: Layout
  /** The CRC-32 of each page; an index of the version before has none. */
  readonly #sums: Uint32Array | undefined
  readonly #buckets: Uint32Array
  readonly #bucketShift: number
  readonly #filter: Bloom
  #seconds: WeakRef<Uint32Array> | undefined
  #isClosed = false

  private constructor(path: string, file: number) {
    this.#path = path
    this.#file = file
    const header = this.#read(0, HEADER_WORDS * 4)
    const version = header[1]!
    if (header[0] !== MAGIC || (version !== VERSION && version !== VERSION_WITHOUT_SUMS))
      throw new Damage(`${path} is no index of this version`)
    this.counts = Object.fromEntries(
      COUNTS.map((name, index) => [name, header[index + 2]!]),
    ) as unknown as Counts
    this.#layout = layoutOf(this.counts, version)
    if (this.#layout.end !== fstatSync(file).size) throw new Damage(`${path} is cut off`)
    if (version === VERSION) this.#sums = this.#readSums()
    this.#words(0, HEADER_WORDS)
    this.#buckets = this.#words(this.#layout.buckets, this.counts.buckets)
    this.#bucketShift = 32 - Math.log2(this.counts.buckets - 1)
    this.#filter = new Bloom(this.#words(this.#layout.filter, this.counts.filter))
    this.resources = this.#words(this.#layout.resources, this.counts.resources)
  }

  /**
   * Undefined if the file is missing.
   * @throws Damage
   */
  static open(path: string): SealedIndex | undefined {
    let file: number
    try {
      file = openSync(path, 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
    try {
      return new SealedIndex(path, file)
    } catch (error) {
      closeSync(file)
      throw error
    }
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

  /** So many numbers from there on, once the pages that they are in have been checked. */
  #words(at: number, count: number): Uint32Array {
    if (count === 0 || !this.#sums) return this.#read(at, count * 4)
    const first = Math.floor(at / PAGE_BYTES)
    const end = Math.min(Math.ceil((at + count * 4) / PAGE_BYTES) * PAGE_BYTES, this.#layout.sums)
    const pages = this.#read(first * PAGE_BYTES, end - first * PAGE_BYTES)
    const bytes = Buffer.from(pages.buffer)
    for (let page = 0; page * PAGE_BYTES < bytes.length; page++)
      if (crc32(bytes.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES)) !== this.#sums[first + page])
        throw new Damage(`${this.#path}: the page at byte ${(first + page) * PAGE_BYTES} is damaged`)
    return pages.subarray((at - first * PAGE_BYTES) / 4, (at - first * PAGE_BYTES) / 4 + count)
  }

  #readSums(): Uint32Array {
    const sums = this.#read(this.#layout.sums, this.#layout.end - this.#layout.sums)
    const own = sums.length - 1
    if (crc32(Buffer.from(sums.buffer, 0, own * 4)) !== sums[own])
      throw new Damage(`${this.#path}: its checksums are damaged`)
    return sums
  }

  #read(at: number, bytes: number): Uint32Array {
    const words = new Uint32Array(bytes / 4)
    if (bytes > 0) readSync(this.#file, words, 0, bytes, at)
    return words
  }
}
