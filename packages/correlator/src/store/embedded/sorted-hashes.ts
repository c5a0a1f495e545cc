import { setImmediate } from 'node:timers/promises'
import type { Postings } from '../postings.ts'

/** First into buckets by the upper bits, then within each, so that no step takes long. */
const BUCKET_BITS = 12
const BUCKETS = 1 << BUCKET_BITS
/** What a hash has below its bucket: 52 bits, which a double holds exactly. */
const UPPER = (1 << (32 - BUCKET_BITS)) - 1
const TURN_BUCKETS = 64

/** All hashes in use, as pairs of numbers, sorted. Gives way to others between steps. */
export async function sortedHashes(postings: Postings): Promise<Uint32Array> {
  const hashes = postings.hashes()
  const starts = new Uint32Array(BUCKETS + 1)
  for (let at = 0; at < hashes.length; at += 2) starts[(hashes[at]! >>> (32 - BUCKET_BITS)) + 1]!++
  for (let bucket = 1; bucket <= BUCKETS; bucket++) starts[bucket]! += starts[bucket - 1]!
  await setImmediate()
  const lower = new Float64Array(hashes.length / 2)
  const next = starts.slice()
  for (let at = 0; at < hashes.length; at += 2) {
    const hi = hashes[at]!
    lower[next[hi >>> (32 - BUCKET_BITS)]!++] = (hi & UPPER) * 2 ** 32 + hashes[at + 1]!
  }
  await setImmediate()
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const [from, to] = [starts[bucket]!, starts[bucket + 1]!]
    lower.subarray(from, to).sort()
    for (let at = from; at < to; at++) {
      const upper = Math.floor(lower[at]! / 2 ** 32)
      hashes[at * 2] = (bucket << (32 - BUCKET_BITS)) | upper
      hashes[at * 2 + 1] = lower[at]! - upper * 2 ** 32
    }
    if (bucket % TURN_BUCKETS === TURN_BUCKETS - 1) await setImmediate()
  }
  return hashes
}
