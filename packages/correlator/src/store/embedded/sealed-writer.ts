import { setImmediate } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { NumberList } from '../../decode/growing.ts'
import type { HotIndex } from '../hot-index.ts'
import { Bloom } from './bloom.ts'
import {
  COUNTS,
  HEADER_WORDS,
  KEY_WORDS,
  MAGIC,
  PAGE_BYTES,
  ROW,
  VERSION,
  type Counts,
} from './sealed-format.ts'
import { sortedHashes } from './sorted-hashes.ts'
import { writeWhole } from './whole-file.ts'

/** Keys of one bucket, on average: one small read finds a key. */
const BUCKET_KEYS = 16
/** Keys between two chances for others to work: a millisecond or two. */
const TURN_KEYS = 4096

/**
 * Writes the immutable index of a segment that takes no more requests. Gives way to others between steps;
 * the file appears whole or not at all.
 */
export async function writeSealedIndex(index: HotIndex, path: string): Promise<void> {
  const hashes = await sortedHashes(index.postings)
  const { keys, rows, buckets, filter } = await lookupsOf(index, hashes)
  const { seconds, traces } = tracesBySecond(index)
  const counts: Counts = {
    buckets: buckets.length,
    filter: filter.length,
    resources: index.resources.length,
    seconds: seconds.length,
    traces: traces.length,
    keys: keys.length,
    rows: rows.length,
    earliest: index.earliest,
    latest: index.latest,
    spans: index.spans,
    flows: index.flows,
    messages: index.messages,
  }
  const header = new Uint32Array(HEADER_WORDS)
  header.set([MAGIC, VERSION, ...COUNTS.map((name) => counts[name])])
  const parts = [header, buckets, filter, index.resources, seconds, traces, keys, rows]
  await writeWhole(path, async (file) => {
    const sums = new PageSums()
    for (const part of parts) {
      const bytes = bytesOf(part)
      sums.add(bytes)
      await file.writeFile(bytes)
    }
    await file.writeFile(bytesOf(sums.end()))
  })
}

type Lookups = Record<'keys' | 'rows' | 'buckets' | 'filter', Uint32Array>

async function lookupsOf({ postings }: HotIndex, hashes: Uint32Array): Promise<Lookups> {
  const count = hashes.length / 2
  const bits = Math.max(1, Math.ceil(Math.log2(count / BUCKET_KEYS + 1)))
  const keys = new Uint32Array(count * KEY_WORDS)
  const rows = new NumberList()
  const buckets = new Uint32Array((1 << bits) + 1)
  const filter = Bloom.for(count)
  const positions = new NumberList()
  for (let at = 0; at < count; at++) {
    const hi = hashes[at * 2]!
    const lo = hashes[at * 2 + 1]!
    positions.clear()
    postings.into(positions, hi, lo)
    keys[at * KEY_WORDS] = hi
    keys[at * KEY_WORDS + 1] = lo
    keys[at * KEY_WORDS + 2] = positions.length === 1 ? positions.items[0]! : ROW + addRow(rows, positions)
    buckets[(hi >>> (32 - bits)) + 1] = at + 1
    filter.add(hi, lo)
    if (at % TURN_KEYS === TURN_KEYS - 1) await setImmediate()
  }
  for (let bucket = 1; bucket < buckets.length; bucket++)
    buckets[bucket] = Math.max(buckets[bucket]!, buckets[bucket - 1]!)
  return { keys, rows: rows.items.subarray(0, rows.length), buckets, filter: filter.words }
}

/** Adds positions, which come newest first, as a row, oldest first; answers where. */
function addRow(rows: NumberList, positions: NumberList): number {
  const row = rows.length
  rows.push(positions.length)
  for (let at = positions.length - 1; at >= 0; at--) rows.push(positions.items[at]!)
  return row
}

function tracesBySecond(index: HotIndex): Record<'seconds' | 'traces', Uint32Array> {
  const seconds: number[] = []
  const traces: number[] = []
  for (const second of index.seconds()) {
    seconds.push(second, traces.length)
    for (const position of index.tracesIn(second)) traces.push(position)
  }
  return { seconds: Uint32Array.from(seconds), traces: Uint32Array.from(traces) }
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

/** The CRC-32 of each page of what is added, and that of all these sums. */
class PageSums {
  readonly #sums = new NumberList()
  #sum = 0
  #bytes = 0

  add(bytes: Buffer): void {
    for (let from = 0; from < bytes.length;) {
      const page = bytes.subarray(from, from + PAGE_BYTES - this.#bytes)
      this.#sum = crc32(page, this.#sum)
      this.#bytes += page.length
      from += page.length
      if (this.#bytes === PAGE_BYTES) this.#endPage()
    }
  }

  end(): Uint32Array {
    if (this.#bytes > 0) this.#endPage()
    const sums = this.#sums.items.subarray(0, this.#sums.length)
    this.#sums.push(crc32(bytesOf(sums)))
    return this.#sums.items.subarray(0, this.#sums.length)
  }

  #endPage(): void {
    this.#sums.push(this.#sum)
    this.#sum = 0
    this.#bytes = 0
  }
}
