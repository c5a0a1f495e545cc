import {
  closeSync,
  fdatasync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  rmSync,
  writevSync,
} from 'node:fs'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import { StoreError } from '../../errors.ts'
import { endOfFrame, frameHeader, MARKED, readFrames, UNMARKED, type Frame, type Framing } from './frame.ts'
import { LONGEST_LENGTH, sizeOfMessage, type RequestLog } from './request-log.ts'

/** Before the first request. Format 1 ended with the base. */
export interface LogFormat {
  readonly magic: string
  readonly headerBytes: number
  readonly framing: Framing
}

/** How many bytes of requests the store took before this segment is a double behind the magic bytes. */
const BASE_AT = 8
/** CRC-32 of all before it. */
const CRC_AT = 16
const OLD: LogFormat = { magic: 'FLOWSEG1', headerBytes: 16, framing: UNMARKED }
const FORMAT: LogFormat = { magic: 'FLOWSEG2', headerBytes: 24, framing: MARKED }
/** Read at once: spans of one trace are often beside each other. */
const BLOCK_BYTES = 4096

const sync = promisify(fdatasync)

/** The file of one segment: requests one after the other, only ever appended to. */
export class LogFile implements RequestLog {
  readonly path: string
  readonly base: number
  readonly format: LogFormat
  readonly #file: number
  #length: number
  #syncing = 0
  readonly #buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES)
  #block: Buffer = this.#buffer.subarray(0, 0)
  #blockStart = 0

  private constructor(path: string, file: number, format: LogFormat, base: number, length: number) {
    this.path = path
    this.#file = file
    this.format = format
    this.base = base
    this.#length = length
  }

  /** @throws StoreError; no file is left behind then */
  static create(path: string, base: number): LogFile {
    let file: number | undefined
    try {
      file = openSync(path, 'wx+')
      writeWhole(file, [headerOf(base)], 0)
      return new LogFile(path, file, FORMAT, base, FORMAT.headerBytes)
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
   * @param base where it should start, for a header that is damaged; the requests behind it are whole all the same
   * @param tell hears of that
   * @throws StoreError `io`, `newer-version`, `corrupt`
   */
  static open(path: string, base: number, tell: (line: string) => void): LogFile | undefined {
    let file: number
    try {
      file = openSync(path, 'r+')
    } catch (error) {
      throw storeErrorOf(error, path)
    }
    const { size } = fstatSync(file)
    const header = Buffer.alloc(FORMAT.headerBytes + FORMAT.framing.headerBytes)
    readSync(file, header, 0, header.length, 0)
    const magic = header.toString('latin1', 0, BASE_AT)
    if (magic === OLD.magic) return new LogFile(path, file, OLD, header.readDoubleLE(BASE_AT), size)
    if (header.subarray(0, FORMAT.headerBytes).equals(headerOf(header.readDoubleLE(BASE_AT))))
      return new LogFile(path, file, FORMAT, header.readDoubleLE(BASE_AT), size)
    if (endOfFrame(header, FORMAT.headerBytes, FORMAT.framing, size) !== undefined) {
      tell(`${path}: its header is damaged; the requests behind it are read`)
      return new LogFile(path, file, FORMAT, base, size)
    }
    closeSync(file)
    if (header.every((byte) => byte === 0) || (size === FORMAT.headerBytes && isNearly(header)))
      return undefined
    throw foreignFile(path, magic)
  }

  get length(): number {
    return this.#length
  }

  get diskBytes(): number {
    return this.#length
  }

  get isEmpty(): boolean {
    return this.#length === this.format.headerBytes
  }

  /** Whether it may be appended to, and not only read. */
  get isCurrent(): boolean {
    return this.format === FORMAT
  }

  get isSyncing(): boolean {
    return this.#syncing > 0
  }

  get lastWriteMs(): number {
    return fstatSync(this.#file).mtimeMs
  }

  frames(from: number = this.format.headerBytes): Generator<Frame> {
    const read = (position: number, count: number): Buffer => this.#read(Buffer.allocUnsafe(count), position)
    return readFrames(read, [from, this.#length], this.format.framing)
  }

  /** Cuts off what comes behind the last request that is whole; answers how many bytes that were. */
  cutOff(end: number): number {
    const cut = this.#length - end
    if (cut > 0) ftruncateSync(this.#file, end)
    this.#length = end
    return cut
  }

  /** All of its bytes in order, little by little, those of requests that are damaged as zeros. */
  *parts(tell: (line: string) => void): Generator<Buffer> {
    let at = 0
    for (const { position, body, isDamaged } of this.frames()) {
      const end = position + body.length
      if (isDamaged) tell(damagedRequest(this.path, position))
      yield this.#read(Buffer.allocUnsafe(position - at), at)
      yield isDamaged ? Buffer.alloc(body.length) : body
      at = end
    }
    if (at === this.#length) return
    tell(`${this.path}: the last ${this.#length - at} bytes are damaged and left out`)
    yield Buffer.alloc(this.#length - at)
  }

  /**
   * Appends a request and answers its position. It is in the page cache then, and on disk after `sync`.
   * @throws StoreError; the file is as it was then
   */
  append(body: Uint8Array): number {
    const { framing } = this.format
    try {
      writeWhole(this.#file, [frameHeader(body, framing), body], this.#length)
    } catch (error) {
      ftruncateSync(this.#file, this.#length)
      throw storeErrorOf(error, this.path)
    }
    const position = this.#length + framing.headerBytes
    this.#length = position + body.length
    return position
  }

  /** Resolves when everything that was appended before the call is on disk. */
  async sync(): Promise<void> {
    this.#syncing++
    try {
      await sync(this.#file)
    } catch (error) {
      throw storeErrorOf(error, this.path)
    } finally {
      this.#syncing--
    }
  }

  messageAt(position: number): Uint8Array {
    const lengthAt = this.#blockAt(position, LONGEST_LENGTH)
    const size = sizeOfMessage(this.#block.subarray(lengthAt), this.#length - position)
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

export function damagedRequest(path: string, position: number): string {
  return `${path}: the request at byte ${position} is damaged and left out`
}

function headerOf(base: number): Buffer {
  const header = Buffer.alloc(FORMAT.headerBytes)
  header.write(FORMAT.magic, 'latin1')
  header.writeDoubleLE(base, BASE_AT)
  header.writeUInt32LE(crc32(header.subarray(0, CRC_AT)), CRC_AT)
  return header
}

/** Whether the magic or all the rest is as in a header of ours. */
function isNearly(header: Buffer): boolean {
  const ours = headerOf(header.readDoubleLE(BASE_AT))
  const [magic, rest] = [header.subarray(0, BASE_AT), header.subarray(BASE_AT, FORMAT.headerBytes)]
  return magic.equals(ours.subarray(0, BASE_AT)) || rest.equals(ours.subarray(BASE_AT))
}

/** A disk that fills up writes less than it was given before it fails. */
function writeWhole(file: number, parts: Uint8Array[], position: number): void {
  const written = writevSync(file, parts, position)
  if (written < parts.reduce((sum, { length }) => sum + length, 0))
    throw Object.assign(new Error('short write'), { code: 'ENOSPC' })
}

function foreignFile(path: string, magic: string): StoreError {
  const name = FORMAT.magic.slice(0, -1)
  return magic.startsWith(name)
    ? new StoreError('newer-version', `${path} was written by a newer version of Flowstitch`)
    : new StoreError('corrupt', `${path} is no segment of Flowstitch, or its start is damaged: move it away`)
}

export function storeErrorOf(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error
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
