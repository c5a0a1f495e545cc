import { crc32 } from 'node:zlib'

/** Before each request in a segment file: its length and its CRC-32, 32 bits each, little-endian. */
export const FRAME_HEADER_BYTES = 8

export function frameHeader(body: Uint8Array): Buffer {
  const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES)
  header.writeUInt32LE(body.length, 0)
  header.writeUInt32LE(crc32(body), 4)
  return header
}

/** A request in a segment file, and where it starts. */
export interface Frame {
  body: Uint8Array
  position: number
  /** Its bytes are not what was written; a whole request comes after it. */
  isDamaged: boolean
}

/** The frames from `start` on; ends where one is cut off, or damaged with nothing whole behind it. */
export function* framesIn(file: Buffer, start: number): Generator<Frame> {
  for (let at = start; ;) {
    const end = endOfFrame(file, at)
    if (end === undefined) return
    const isDamaged = !isWhole(file, at, end)
    if (isDamaged && !isWhole(file, end, endOfFrame(file, end))) return
    const position = at + FRAME_HEADER_BYTES
    yield { body: file.subarray(position, end), position, isDamaged }
    at = end
  }
}

function endOfFrame(file: Buffer, at: number): number | undefined {
  if (at + FRAME_HEADER_BYTES > file.length) return undefined
  const length = file.readUInt32LE(at)
  const end = at + FRAME_HEADER_BYTES + length
  return length === 0 || end > file.length ? undefined : end
}

function isWhole(file: Buffer, at: number, end: number | undefined): boolean {
  if (end === undefined) return false
  return crc32(file.subarray(at + FRAME_HEADER_BYTES, end)) === file.readUInt32LE(at + 4)
}
