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
    const bytes = Buffer.from(text, 'utf8')
    this.bytes(kind, bytes, 0, bytes.length)
  }
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
