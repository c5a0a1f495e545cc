interface Spelling<T> {
  bytes: Uint8Array
  value: T
}

/** Values by name, found by the bytes that spell the name, without making a string of them. */
export class Spellings<T> {
  readonly #byShape = new Map<number, Spelling<T>[]>()

  constructor(entries: Iterable<readonly [name: string, value: T]>) {
    for (const [name, value] of entries) {
      const bytes = Buffer.from(name)
      const shape = shapeOf(bytes, 0, bytes.length)
      this.#byShape.set(shape, [...(this.#byShape.get(shape) ?? []), { bytes, value }])
    }
  }

  at(bytes: Uint8Array, start: number, end: number): T | undefined {
    const candidates = this.#byShape.get(shapeOf(bytes, start, end))
    if (candidates)
      for (const candidate of candidates)
        if (isSpelt(candidate.bytes, bytes, start, end)) return candidate.value
    return undefined
  }
}

/** Length and last two bytes: almost a perfect hash of the names there are, and cheap. */
function shapeOf(bytes: Uint8Array, start: number, end: number): number {
  return end - start < 2 ? 0 : ((end - start) << 16) | (bytes[end - 2]! << 8) | bytes[end - 1]!
}

function isSpelt(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false
  for (let index = 0; index < name.length; index++) if (name[index] !== bytes[start + index]) return false
  return true
}
