import { open, rename } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import type { HotIndex } from '../hot-index.ts'
import { Bloom } from './bloom.ts'
import { COUNTS, HEADER_WORDS, KEY_WORDS, MAGIC, VERSION, type Counts } from './sealed-format.ts'

/** Keys of one bucket, on average: one small read finds a key. */
const BUCKET_KEYS = 16

/**
 * Writes the immutable index of a segment that takes no more requests: header, buckets, filter, resources,
 * traces by second, keys sorted by hash, rows. Gives way to others between steps; the file appears whole or
 * not at all.
 */
export async function writeSealedIndex(index: HotIndex, path: string): Promise<void> {
  const hashes = await sortedHashes(index)
  const keys = new Uint32Array((hashes.length / 2 + 1) * KEY_WORDS)
  const count = hashes.length / 2
  const bits = Math.max(1, Math.ceil(Math.log2(count / BUCKET_KEYS + 1)))
  const buckets = new Uint32Array((1 << bits) + 1)
  const filter = Bloom.for(count)
  const rows: number[] = []
  for (let at = 0; at < count; at++) {
    const [hi, lo] = [hashes[at * 2]!, hashes[at * 2 + 1]!]
    keys.set([hi, lo, rows.length], at * KEY_WORDS)
    for (const position of index.postings.get(hi, lo)) rows.push(position)
    buckets[(hi >>> (32 - bits)) + 1] = at + 1
    filter.add(hi, lo)
    if (at % 20_000 === 19_999) await setImmediate()
  }
  keys[count * KEY_WORDS + 2] = rows.length
  for (let bucket = 1; bucket < buckets.length; bucket++)
    buckets[bucket] = Math.max(buckets[bucket]!, buckets[bucket - 1]!)
  const traces = tracesBySecond(index)
  const counts: Counts = {
    keys: count,
    rows: rows.length,
    buckets: buckets.length,
    filterWords: filter.words.length,
    resources: index.resources.length,
    traces: traces.length,
    spans: index.spans,
    flows: index.flows,
    messages: index.messages,
  }
  await writeFile(path, [
    headerOf(counts),
    buckets,
    filter.words,
    index.resources,
    traces,
    keys,
    Uint32Array.from(rows),
  ])
}

function headerOf(counts: Counts): Uint32Array {
  const header = new Uint32Array(HEADER_WORDS)
  header.set([MAGIC, VERSION, ...COUNTS.map((name) => counts[name])])
  return header
}

/** Sorted by hash: first into buckets by the upper bits, then within each, so that no step takes long. */
async function sortedHashes(index: HotIndex): Promise<Uint32Array> {
  const hashes = index.postings.hashes()
  const starts = new Uint32Array(4097)
  for (let at = 0; at < hashes.length; at += 2) starts[(hashes[at]! >>> 20) + 1]!++
  for (let bucket = 1; bucket < starts.length; bucket++) starts[bucket]! += starts[bucket - 1]!
  const sorted = new Float64Array(hashes.length)
  const next = starts.slice()
  for (let at = 0; at < hashes.length; at += 2) {
    const to = next[hashes[at]! >>> 20]!++ * 2
    sorted[to] = hashes[at]!
    sorted[to + 1] = hashes[at + 1]!
  }
  const result = new Uint32Array(hashes.length)
  for (let bucket = 0; bucket < 4096; bucket++) {
    sortInto(result, sorted, starts[bucket]!, starts[bucket + 1]!)
    if (bucket % 256 === 255) await setImmediate()
  }
  return result
}

function sortInto(result: Uint32Array, pairs: Float64Array, from: number, to: number): void {
  const order = Array.from({ length: to - from }, (_, index) => from + index)
  order.sort((a, b) => pairs[a * 2]! - pairs[b * 2]! || pairs[a * 2 + 1]! - pairs[b * 2 + 1]!)
  for (const [index, at] of order.entries()) {
    result[(from + index) * 2] = pairs[at * 2]!
    result[(from + index) * 2 + 1] = pairs[at * 2 + 1]!
  }
}

/** Pairs of second and position, by second. */
function tracesBySecond(index: HotIndex): Uint32Array {
  const pairs: number[] = []
  for (const second of [...index.seconds()].sort((a, b) => a - b))
    for (const position of index.tracesIn(second)) pairs.push(second, position)
  return Uint32Array.from(pairs)
}

async function writeFile(path: string, parts: Uint32Array[]): Promise<void> {
  const temporary = `${path}.tmp`
  const file = await open(temporary, 'w')
  try {
    for (const part of parts) await file.writeFile(Buffer.from(part.buffer, part.byteOffset, part.byteLength))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
}
