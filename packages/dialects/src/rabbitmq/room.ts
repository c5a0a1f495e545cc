/** For the properties that share a frame with the headers. */
const RESERVE = 1024

/** How many bytes of headers a message may have, in frames of up to `frameMax` bytes. */
export function headerRoom(frameMax: number): number {
  return frameMax - RESERVE
}

/**
 * The bytes that a value takes at most, such as a table of headers (AMQP 0-9-1, section 4.2.5, "Field tables"): its
 * type takes one, the length of text, bytes, lists and tables four, numbers at most eight.
 */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 5 + Buffer.byteLength(value)
  if (typeof value !== 'object' || value === null) return 9
  if (Buffer.isBuffer(value)) return 5 + value.length
  let size = 5
  for (const key in value) {
    size += 1 + Buffer.byteLength(key) + sizeOf((value as Record<string, unknown>)[key])
  }
  return size
}
