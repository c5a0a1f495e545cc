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
}

/** The whole frames from `start` on; ends where one is cut off or damaged. */
export function* framesIn(file: Buffer, start: number): Generator<Frame> {
  for (let at = start; at + FRAME_HEADER_BYTES <= file.length;) {
    const position = at + FRAME_HEADER_BYTES
    const end = position + file.readUInt32LE(at)
    if (end > file.length || end === position) return
    const body = file.subarray(position, end)
    if (crc32(body) !== file.readUInt32LE(at + 4)) return
    yield { body, position }
    at = end
  }
}
