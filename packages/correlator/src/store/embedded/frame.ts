import { crc32 } from 'node:zlib'

/** How requests are kept apart in a segment. All numbers are of 32 bits, little-endian. */
export interface Framing {
  /** Before each request. */
  readonly headerBytes: number
  /** Where its length is in there; its CRC-32 comes behind that. */
  readonly lengthAt: number
  /** What a header starts with, so that it is found behind damage. It ends with a CRC-32 of itself then. */
  readonly mark?: Buffer
}

/** Of format 1: a damaged length hides all that comes behind it. */
export const UNMARKED: Framing = { headerBytes: 8, lengthAt: 0 }

export const MARKED: Framing = { headerBytes: 16, lengthAt: 4, mark: Buffer.from('c5f1a9e2', 'hex') }

export function frameHeader(body: Uint8Array, { headerBytes, lengthAt, mark }: Framing): Buffer {
  const header = Buffer.alloc(headerBytes)
  header.writeUInt32LE(body.length, lengthAt)
  header.writeUInt32LE(crc32(body), lengthAt + 4)
  if (mark) {
    mark.copy(header)
    header.writeUInt32LE(crc32(header.subarray(0, headerBytes - 4)), headerBytes - 4)
  }
  return header
}

/** A request in a segment file, and where it starts. */
export interface Frame {
  body: Buffer
  position: number
  /** Its bytes are not what was written; a whole request comes after it. */
  isDamaged: boolean
}

/** The frames from `start` on; ends where one is cut off, or damaged with nothing whole behind it. */
function* framesIn(file: Buffer, start: number, framing: Framing): Generator<Frame> {
  for (let at = start; ;) {
    const end = endOfFrame(file, at, framing)
    const isDamaged = !isWhole(file, at, end, framing)
    const next = isDamaged ? wholeAfter(file, at, end, framing) : end
    if (next === undefined) return
    const position = at + framing.headerBytes
    yield { body: file.subarray(position, next), position, isDamaged }
    at = next
  }
}

/** Read at once. */
const WINDOW_BYTES = 1_000_000

/**
 * The frames of a file from a place on where one starts, as in `framesIn`, read little by little.
 * @param read answers so many bytes from there on, or all that there are, in a buffer of their own
 */
export function* readFrames(
  read: (position: number, count: number) => Buffer,
  [start, end]: [number, number],
  framing: Framing,
): Generator<Frame> {
  let window: Buffer = Buffer.alloc(0)
  let windowAt = start
  const bytesAt = (position: number, count: number): Buffer => {
    if (position + count > windowAt + window.length) {
      window = read(position, Math.min(Math.max(count, WINDOW_BYTES), end - position))
      windowAt = position
    }
    return window.subarray(position - windowAt, position - windowAt + count)
  }
  for (let at = start; at < end;) {
    const header = bytesAt(at, framing.headerBytes)
    const bytes = bytesAt(at, endOfFrame(header, 0, framing, end - at) ?? header.length)
    if (!isWhole(bytes, 0, endOfFrame(bytes, 0, framing), framing)) {
      for (const frame of framesIn(read(at, end - at), 0, framing))
        yield { ...frame, position: at + frame.position }
      return
    }
    const position = at + framing.headerBytes
    yield { body: bytes.subarray(framing.headerBytes), position, isDamaged: false }
    at += bytes.length
  }
}

/** Where the frame at `at` ends, if there is one: what its header says must be possible. */
export function endOfFrame(
  file: Buffer,
  at: number,
  { headerBytes, lengthAt, mark }: Framing,
  fileBytes: number = file.length,
): number | undefined {
  if (at + headerBytes > file.length) return undefined
  if (mark && !isHeader(file.subarray(at, at + headerBytes), mark)) return undefined
  const length = file.readUInt32LE(at + lengthAt)
  const end = at + headerBytes + length
  return length === 0 || end > fileBytes ? undefined : end
}

function isHeader(header: Buffer, mark: Buffer): boolean {
  const end = header.length - 4
  return (
    mark.equals(header.subarray(0, mark.length)) &&
    crc32(header.subarray(0, end)) === header.readUInt32LE(end)
  )
}

function isWhole(
  file: Buffer,
  at: number,
  end: number | undefined,
  { headerBytes, lengthAt }: Framing,
): boolean {
  if (end === undefined) return false
  return crc32(file.subarray(at + headerBytes, end)) === file.readUInt32LE(at + lengthAt + 4)
}

/** Where the next whole frame behind a damaged one starts. Only marks tell where one is, if not where this one ends. */
function wholeAfter(file: Buffer, at: number, end: number | undefined, framing: Framing): number | undefined {
  if (end !== undefined && isWhole(file, end, endOfFrame(file, end, framing), framing)) return end
  if (!framing.mark) return undefined
  let next = at
  do next = file.indexOf(framing.mark, next + 1)
  while (next !== -1 && !isWhole(file, next, endOfFrame(file, next, framing), framing))
  return next === -1 ? undefined : next
}
