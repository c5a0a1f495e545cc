/** What a join key stands for. Each kind hashes apart from the others. */
export const KEY_TRACE = 1
export const KEY_LINKED_TRACE = 2
export const KEY_COORDINATE = 3
export const KEY_MESSAGE_ID = 4
export const KEY_FLOW = 5
export const KEY_DECLARED = 6
export const KEY_COORDINATE_BLOCK = 7

/**
 * 64-bit hashes of join keys, as two 32-bit lanes that are left in `hi` and `lo`, so that hashing
 * allocates nothing. Whoever reads through a hash compares the full key afterwards (RATIONALE.md).
 */
export class KeyHash {
  hi = 0
  lo = 0

  bytes(kind: number, bytes: Uint8Array, start: number, end: number): void {
    let hi = Math.imul(kind, 0x9e3779b1) ^ (end - start)
    let lo = Math.imul(kind, 0x85ebca77) + (end - start)
    let position = start
    for (; position + 4 <= end; position += 4) {
      const word =
        bytes[position]! |
        (bytes[position + 1]! << 8) |
        (bytes[position + 2]! << 16) |
        (bytes[position + 3]! << 24)
      hi = turn(hi ^ Math.imul(word, 0xcc9e2d51), 13, 0xe6546b64)
      lo = turn(lo ^ Math.imul(word, 0x1b873593), 17, 0x52dce729)
    }
    for (; position < end; position++) {
      const word = bytes[position]! + 1
      hi = turn(hi ^ Math.imul(word, 0xcc9e2d51), 13, 0xe6546b64)
      lo = turn(lo ^ Math.imul(word, 0x1b873593), 17, 0x52dce729)
    }
    this.hi = finish(hi)
    this.lo = finish(lo ^ hi)
  }

  text(kind: number, text: string): void {
    const length = writeAscii(text)
    if (length === text.length) return this.bytes(kind, scratch, 0, length)
    const bytes = Buffer.from(text, 'utf8')
    this.bytes(kind, bytes, 0, bytes.length)
  }

  /** The bytes that hexadecimal digits spell. */
  hex(kind: number, digits: string): void {
    const length = writeHex(digits)
    if (length * 2 === digits.length) return this.bytes(kind, scratch, 0, length)
    const bytes = Buffer.from(digits, 'hex')
    this.bytes(kind, bytes, 0, bytes.length)
  }
}

/** Keys are short and nearly all of them ASCII: no buffer is made for those. */
const scratch = new Uint8Array(256)

/** Writes the text to `scratch`, as far as it is ASCII and has room; answers how far that is. */
function writeAscii(text: string): number {
  const end = Math.min(text.length, scratch.length)
  for (let at = 0; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code >= 0x80) return at
    scratch[at] = code
  }
  return end
}

/** Writes the bytes to `scratch`, as far as there are digits and room; answers how many there are. */
function writeHex(digits: string): number {
  const end = Math.min(digits.length >>> 1, scratch.length)
  for (let at = 0; at < end; at++) {
    const high = valueOf(digits.charCodeAt(at * 2))
    const low = valueOf(digits.charCodeAt(at * 2 + 1))
    if ((high | low) < 0) return at
    scratch[at] = (high << 4) | low
  }
  return end
}

/** Of a hexadecimal digit; -1 if it is none. */
function valueOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  const letter = code | 0x20
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}

function turn(lane: number, by: number, plus: number): number {
  const mixed = Math.imul(lane, 0x85ebca6b)
  return (Math.imul((mixed << by) | (mixed >>> (32 - by)), 5) + plus) | 0
}

function finish(lane: number): number {
  let mixed = lane ^ (lane >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
