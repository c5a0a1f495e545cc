import type { Options } from 'amqplib'

/** amqplib encodes headers in a buffer of this size; older versions write past its end without a word. */
const TABLE_MAX = 65_536
/** For the properties that share a frame with the headers. */
const RESERVE = 1024

/** How many bytes of headers a message may have, where the broker takes frames of up to `frameMax` bytes. */
export function headerRoom(frameMax: number = TABLE_MAX): number {
  return Math.min(TABLE_MAX, frameMax) - RESERVE
}

/** The bytes that the headers of a message take at most (AMQP 0-9-1, section 4.2.5, "Field tables"). */
export function headerSize(options: Options.Publish | null | undefined): number {
  return options ? sizeOf(options.headers) + sizeOf(options.CC) + sizeOf(options.BCC) : 0
}

/** A value's type takes a byte, the length of text, bytes, lists and tables four, numbers at most eight. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 5 + Buffer.byteLength(value)
  if (typeof value !== 'object' || value === null) return 9
  if (Buffer.isBuffer(value)) return 5 + value.length
  let size = 5
  for (const key in value) {
    size += 1 + Buffer.byteLength(key) + sizeOf((value as Record<string, unknown>)[key])
  }
  return size
}
