import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { StoreError } from '../../errors.ts'
import type { BlockCache } from './block-cache.ts'
import { Damage, type TellDamage } from './damage.ts'
import { MARKED, readFrames, UNMARKED, type Frame } from './frame.ts'
import {
  BLOCK_BYTES,
  bytesOfTable,
  decodeContents,
  FIXED_BYTES,
  isOfNewerVersion,
  LENGTH_BYTES,
  type Contents,
} from './packed-format.ts'
import { LONGEST_LENGTH, sizeOfMessage, type RequestLog } from './request-log.ts'
import { canCompress, decompress } from './zstd.ts'

/** The requests of a segment that takes no more, in compressed blocks with a checksum each. */
export class PackedLog implements RequestLog {
  readonly path: string
  readonly #file: number
  readonly #contents: Contents
  readonly #cache: BlockCache
  readonly #firstBlock: number
  readonly #tell: TellDamage
  readonly #damaged = new Set<number>()

  private constructor(path: string, file: number, contents: Contents, cache: BlockCache, tell: TellDamage) {
    this.path = path
    this.#file = file
    this.#contents = contents
    this.#cache = cache
    this.#firstBlock = cache.takeNumbers()
    this.#tell = tell
  }

  /**
   * Undefined if so much of it is damaged that nothing can be read.
   * @throws StoreError `newer-version`, `io`
   */
  static open(path: string, cache: BlockCache, tell: TellDamage): PackedLog | undefined {
    const file = openSync(path, 'r')
    try {
      const contents = readContents(file, path, tell)
      if (contents) return new PackedLog(path, file, contents, cache, tell)
    } catch (error) {
      closeSync(file)
      throw error
    }
    closeSync(file)
    return undefined
  }

  get base(): number {
    return this.#contents.base
  }

  get length(): number {
    return this.#contents.length
  }

  get diskBytes(): number {
    const { blocksAt, ends } = this.#contents
    return blocksAt * 2 + (ends.at(-1) ?? 0) + LENGTH_BYTES
  }

  get lastWriteMs(): number {
    return this.#contents.lastWriteMs
  }

  messageAt(position: number): Uint8Array {
    const size = sizeOfMessage(this.#bytes(position, LONGEST_LENGTH), this.length - position)
    return this.#bytes(position, size)
  }

  frames(from: number = this.#contents.headerBytes): Generator<Frame> {
    const read = (position: number, count: number): Buffer => this.#readOver(position, count)
    return readFrames(read, [from, this.length], this.#contents.isMarked ? MARKED : UNMARKED)
  }

  close(): void {
    closeSync(this.#file)
  }

  /** So many bytes from there on, or all that there are. */
  #bytes(position: number, count: number): Buffer {
    const end = Math.min(position + count, this.length)
    const bytes = Buffer.allocUnsafe(end - position)
    for (let at = position; at < end;) {
      const block = Math.floor(at / BLOCK_BYTES)
      const found = this.#cache.get(this.#firstBlock + block, () => this.#read(block))
      at += found.copy(bytes, at - position, at - block * BLOCK_BYTES)
    }
    return bytes
  }

  /** So many bytes from there on, those of blocks that are damaged as zeros. */
  #readOver(position: number, count: number): Buffer {
    const bytes = Buffer.alloc(count)
    for (let at = position; at < position + count;) {
      const block = Math.floor(at / BLOCK_BYTES)
      const end = Math.min((block + 1) * BLOCK_BYTES, position + count)
      try {
        this.#read(block).copy(bytes, at - position, at - block * BLOCK_BYTES)
      } catch (error) {
        if (!(error instanceof Damage)) throw error
      }
      at = end
    }
    return bytes
  }

  /** @throws Damage */
  #read(block: number): Buffer {
    const { blocksAt, ends, sums } = this.#contents
    const from = block === 0 ? 0 : ends[block - 1]!
    const packed = readAt(this.#file, ends[block]! - from, blocksAt + from)
    if (crc32(packed) === sums[block])
      return decompress(packed, Math.min(BLOCK_BYTES, this.length - block * BLOCK_BYTES))
    const damage = `${this.path}: the ${ends[block]! - from} bytes at ${blocksAt + from} are damaged`
    if (!this.#damaged.has(block)) this.#tell(`${damage}; the spans in them are left out`)
    this.#damaged.add(block)
    throw new Damage(damage)
  }
}

function readContents(file: number, path: string, tell: TellDamage): Contents | undefined {
  if (!canCompress)
    throw new StoreError('newer-version', `${path} is compressed: reading it takes Node.js 22.15 or newer`)
  const { size } = fstatSync(file)
  const start = readAt(file, FIXED_BYTES, 0)
  const first = tableAt(file, 0, bytesOfTable(start), size)
  if (first) return first
  const length = readAt(file, LENGTH_BYTES, Math.max(0, size - LENGTH_BYTES))
  const bytes = length.length === LENGTH_BYTES ? length.readUInt32LE() : undefined
  const last = tableAt(file, size - LENGTH_BYTES - (bytes ?? 0), bytes, size)
  if (last) tell(`${path}: its first table of contents is damaged; the one at its end is read`)
  else if (isOfNewerVersion(start))
    throw new StoreError('newer-version', `${path} was written by a newer version of Flowstitch`)
  return last
}

function tableAt(file: number, at: number, bytes: number | undefined, size: number): Contents | undefined {
  return bytes === undefined || at < 0 || bytes > size ? undefined : decodeContents(readAt(file, bytes, at))
}

function readAt(file: number, count: number, position: number): Buffer {
  const bytes = Buffer.allocUnsafe(count)
  return bytes.subarray(0, readSync(file, bytes, 0, count, position))
}
