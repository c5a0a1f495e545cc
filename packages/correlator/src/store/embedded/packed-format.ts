import { crc32 } from 'node:zlib'

/**
 * The layout of a packed log: a table of contents, the blocks, the table once more, and its length, so that
 * no damage to one place hides all others.
 */
const MAGIC = 'FLOWPAK1'
/** What a block holds before it is compressed: small enough to be read for one span. */
export const BLOCK_BYTES = 32_768
/** Magic; base, length and time of the last write as doubles; how the requests are framed, and how many blocks there are. */
export const FIXED_BYTES = 40
/** Of each block: where it ends, counted from the first one's start, and its CRC-32. */
const ENTRY_BYTES = 8
const CRC_BYTES = 4
/** At the end of the file: how long the table is. */
export const LENGTH_BYTES = 4

/** What is to be known of a packed log to read it. */
export interface Contents {
  base: number
  /** Of the log as it was. */
  length: number
  lastWriteMs: number
  /** Of the log as it was: where its first request starts, and whether requests have marks. */
  headerBytes: number
  isMarked: boolean
  /** Where the first block starts in the file. */
  blocksAt: number
  ends: Uint32Array
  sums: Uint32Array
}

export function encodeContents(contents: Contents): Buffer {
  const { base, length, lastWriteMs, headerBytes, isMarked, blocksAt, ends, sums } = contents
  const bytes = Buffer.alloc(blocksAt)
  bytes.write(MAGIC, 'latin1')
  for (const [index, value] of [base, length, lastWriteMs].entries())
    bytes.writeDoubleLE(value, 8 + index * 8)
  bytes.writeUInt32LE((headerBytes << 1) | Number(isMarked), 32)
  bytes.writeUInt32LE(ends.length, 36)
  for (const [index, end] of ends.entries()) {
    bytes.writeUInt32LE(end, FIXED_BYTES + index * ENTRY_BYTES)
    bytes.writeUInt32LE(sums[index]!, FIXED_BYTES + index * ENTRY_BYTES + 4)
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -CRC_BYTES)), bytes.length - CRC_BYTES)
  return bytes
}

/** How many bytes the table of a log of this length takes. */
export function bytesOfTableOf(length: number): number {
  return FIXED_BYTES + Math.ceil(length / BLOCK_BYTES) * ENTRY_BYTES + CRC_BYTES
}

/** How many bytes the table takes that starts like this; undefined if none does. */
export function bytesOfTable(start: Buffer): number | undefined {
  if (start.length < FIXED_BYTES || start.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined
  return FIXED_BYTES + start.readUInt32LE(36) * ENTRY_BYTES + CRC_BYTES
}

/** Undefined if the bytes are no table of contents, or not as they were written. */
export function decodeContents(bytes: Buffer): Contents | undefined {
  if (bytesOfTable(bytes) !== bytes.length) return undefined
  if (crc32(bytes.subarray(0, -CRC_BYTES)) !== bytes.readUInt32LE(bytes.length - CRC_BYTES)) return undefined
  const count = bytes.readUInt32LE(36)
  const ends = new Uint32Array(count)
  const sums = new Uint32Array(count)
  for (let index = 0; index < count; index++) {
    ends[index] = bytes.readUInt32LE(FIXED_BYTES + index * ENTRY_BYTES)
    sums[index] = bytes.readUInt32LE(FIXED_BYTES + index * ENTRY_BYTES + 4)
  }
  const framing = bytes.readUInt32LE(32)
  return {
    base: bytes.readDoubleLE(8),
    length: bytes.readDoubleLE(16),
    lastWriteMs: bytes.readDoubleLE(24),
    headerBytes: framing >>> 1,
    isMarked: (framing & 1) === 1,
    blocksAt: bytes.length,
    ends,
    sums,
  }
}

/** Whether a newer version wrote what starts like this. */
export function isOfNewerVersion(start: Buffer): boolean {
  const magic = start.toString('latin1', 0, MAGIC.length)
  return magic.startsWith(MAGIC.slice(0, -1)) && magic > MAGIC
}
