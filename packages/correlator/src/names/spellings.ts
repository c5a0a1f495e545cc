interface Spelling<T> {
  bytes: Uint8Array
  value: T
}

/** A power of two that keeps the few dozen names there are apart. */
const BUCKETS = 2048

/** Values by name, found by the bytes that spell the name, without making a string of them. */
export class Spellings<T> {
  readonly #buckets = Array.from({ length: BUCKETS }, (): readonly Spelling<T>[] | undefined => undefined)

  constructor(entries: Iterable<readonly [name: string, value: T]>) {
    for (const [name, value] of entries) {
      const bytes = Buffer.from(name)
      const bucket = bucketOf(bytes, 0, bytes.length)
      this.#buckets[bucket] = [...(this.#buckets[bucket] ?? []), { bytes, value }]
    }
  }

  at(bytes: Uint8Array, start: number, end: number): T | undefined {
    const candidates = this.#buckets[bucketOf(bytes, start, end)]
    if (candidates === undefined) return undefined
    for (let index = 0; index < candidates.length; index++) {
      const { bytes: name, value } = candidates[index]!
      if (isSpelt(name, bytes, start, end)) return value
    }
    return undefined
  }
}

/** Length and last two bytes: almost a perfect hash of the names there are, and cheap. */
function bucketOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 2) return 0
  return ((end - start) * 61 + bytes[end - 2]! * 17 + bytes[end - 1]!) & (BUCKETS - 1)
}

function isSpelt(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false
  for (let index = 0; index < name.length; index++) if (name[index] !== bytes[start + index]) return false
  return true
}
