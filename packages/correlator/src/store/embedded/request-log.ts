import { Damage } from './damage.ts'
import type { Frame } from './frame.ts'

/** The requests of one segment, in whatever form they are on disk. Positions count as in the file that they came in. */
export interface RequestLog {
  readonly path: string
  /** How many bytes of requests the store took before this segment. */
  readonly base: number
  /** Where the next request would be. */
  readonly length: number
  readonly diskBytes: number
  readonly lastWriteMs: number
  /**
   * A length-delimited message, with its length before it, in bytes of its own.
   * @throws Damage
   */
  messageAt(position: number): Uint8Array
  /** All requests, or those from a place on where one starts. */
  frames(from?: number): Iterable<Frame>
  close(): void
}

/** A 64-bit varint. */
export const LONGEST_LENGTH = 10

/**
 * How many bytes a message takes, with its length before it.
 * @param bytes what it starts with
 * @throws Damage if no message of at most so many bytes is there
 */
export function sizeOfMessage(bytes: Uint8Array, most: number): number {
  let length = 0
  for (let at = 0; at < Math.min(LONGEST_LENGTH, bytes.length); at++) {
    const byte = bytes[at]!
    length += (byte & 0x7f) * 2 ** (7 * at)
    if (byte >= 0x80) continue
    if (at + 1 + length > most) break
    return at + 1 + length
  }
  throw new Damage('no message is there')
}
