import {
  closeSync,
  fdatasync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writevSync,
} from 'node:fs'
import { promisify } from 'node:util'
import { StoreError } from '../../errors.ts'
import { FRAME_HEADER_BYTES, frameHeader, framesIn, type Frame } from './frame.ts'

const MAGIC = 'FLOWSEG1'
/** The magic bytes, and how many bytes of requests the store took before this segment (a double). */
const HEADER_BYTES = 16
/** Read at once: spans of one trace are often beside each other. */
const BLOCK_BYTES = 4096
/** A 64-bit varint. */
const LONGEST_LENGTH = 10

const sync = promisify(fdatasync)

/** The file of one segment: requests one after the other, only ever appended to. */
export class LogFile {
  readonly path: string
  readonly base: number
  readonly #file: number
  #length: number
  readonly #buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES)
  #block: Buffer = this.#buffer.subarray(0, 0)
  #blockStart = 0

  private constructor(path: string, file: number, base: number, length: number) {
    this.path = path
    this.base = base
    this.#file = file
    this.#length = length
  }

  /** @throws StoreError; no file is left behind then */
  static create(path: string, base: number): LogFile {
    let file: number | undefined
    try {
      file = openSync(path, 'wx+')
      const header = Buffer.alloc(HEADER_BYTES)
      header.write(MAGIC, 'latin1')
      header.writeDoubleLE(base, 8)
      writeWhole(file, [header], 0)
      return new LogFile(path, file, base, HEADER_BYTES)
    } catch (error) {
      if (file !== undefined) {
        closeSync(file)
        rmSync(path, { force: true })
      }
      throw storeErrorOf(error, path)
    }
  }

  /**
   * Opens a segment; undefined if it was created, but its header never reached the disk.
   * @throws StoreError `io`, `newer-version`, `corrupt`
   */
  static open(path: string): LogFile | undefined {
    let file: number
    try {
      file = openSync(path, 'r+')
    } catch (error) {
      throw storeErrorOf(error, path)
    }
    const header = Buffer.alloc(HEADER_BYTES)
    readSync(file, header, 0, HEADER_BYTES, 0)
    if (header.toString('latin1', 0, 8) === MAGIC)
      return new LogFile(path, file, header.readDoubleLE(8), fstatSync(file).size)
    closeSync(file)
    if (header.every((byte) => byte === 0)) return undefined
    throw foreignFile(path, header)
  }

  get length(): number {
    return this.#length
  }

  get isEmpty(): boolean {
    return this.#length === HEADER_BYTES
  }

  get lastWriteMs(): number {
    return fstatSync(this.#file).mtimeMs
  }

  /** Reads the requests back, and cuts off what a crash left half written. Answers what it found wrong. */
  recover(each: (frame: Frame) => void): string[] {
    const wrong: string[] = []
    let end = HEADER_BYTES
    for (const frame of framesIn(readFileSync(this.path), HEADER_BYTES)) {
      if (frame.isDamaged)
        wrong.push(`${this.path}: the request at byte ${frame.position} is damaged and left out`)
      else each(frame)
      end = frame.position + frame.body.length
    }
    if (end < this.#length) {
      wrong.push(
        `${this.path}: cut off ${this.#length - end} bytes at its end that a crash left half written`,
      )
      ftruncateSync(this.#file, end)
    }
    this.#length = end
    return wrong
  }

  /**
   * Appends a request and answers its position. It is in the page cache then, and on disk after `sync`.
   * @throws StoreError; the file is as it was then
   */
  append(body: Uint8Array): number {
    const position = this.#length + FRAME_HEADER_BYTES
    try {
      writeWhole(this.#file, [frameHeader(body), body], this.#length)
    } catch (error) {
      ftruncateSync(this.#file, this.#length)
      throw storeErrorOf(error, this.path)
    }
    this.#length = position + body.length
    return position
  }

  /** Resolves when everything that was appended before the call is on disk. */
  async sync(): Promise<void> {
    try {
      await sync(this.#file)
    } catch (error) {
      throw storeErrorOf(error, this.path)
    }
  }

  /** A length-delimited message, with its length before it, in bytes of its own. */
  messageAt(position: number): Uint8Array {
    const lengthAt = this.#blockAt(position, LONGEST_LENGTH)
    let length = 0
    let at = lengthAt
    for (let shift = 0; ; shift += 7) {
      const byte = this.#block[at++]!
      length += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
    }
    const size = at - lengthAt + length
    if (size > BLOCK_BYTES) return this.#read(Buffer.allocUnsafe(size), position)
    const start = this.#blockAt(position, size)
    return Buffer.from(this.#block.subarray(start, start + size))
  }

  close(): void {
    closeSync(this.#file)
  }

  /** Where in the block `position` is, once the block has `count` bytes from there on, or all up to the end. */
  #blockAt(position: number, count: number): number {
    const end = this.#blockStart + this.#block.length
    if (position < this.#blockStart || position + count > end) {
      this.#block = this.#read(this.#buffer, position)
      this.#blockStart = position
    }
    return position - this.#blockStart
  }

  #read(into: Buffer, position: number): Buffer {
    return into.subarray(0, readSync(this.#file, into, 0, into.length, position))
  }
}

/** A disk that fills up writes less than it was given before it fails. */
function writeWhole(file: number, parts: Uint8Array[], position: number): void {
  const written = writevSync(file, parts, position)
  if (written < parts.reduce((sum, { length }) => sum + length, 0))
    throw Object.assign(new Error('short write'), { code: 'ENOSPC' })
}

function foreignFile(path: string, header: Buffer): StoreError {
  const name = MAGIC.slice(0, -1)
  return header.toString('latin1', 0, name.length) === name
    ? new StoreError('newer-version', `${path} was written by a newer version of Flowstitch`)
    : new StoreError('corrupt', `${path} is no segment of Flowstitch, or its start is damaged: move it away`)
}

export function storeErrorOf(error: unknown, path: string): StoreError {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new StoreError(
      'disk-full',
      `The disk of ${path} is full: free some space, or lower the most disk to use`,
      {
        cause: error,
      },
    )
  return new StoreError('io', `Can't use ${path}: ${message}`, { cause: error })
}
