import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import type { TellDamage } from './damage.ts'
import type { LogFile } from './log-file.ts'
import { BLOCK_BYTES, bytesOfTableOf, encodeContents, LENGTH_BYTES, type Contents } from './packed-format.ts'
import { compress } from './zstd.ts'

/** Writes a log that takes no more requests as compressed blocks, a little at a time. */
export class Packing {
  readonly #log: LogFile
  readonly #path: string
  readonly #temporary: string
  #file: number | undefined
  readonly #contents: Contents
  readonly #steps: Generator<void, void>
  readonly #block = Buffer.allocUnsafe(BLOCK_BYTES)
  #filled = 0
  #blocks = 0

  /** @param tell hears of requests in the log that are not as they were written; these are left out */
  constructor(log: LogFile, path: string, tell: TellDamage) {
    this.#log = log
    this.#path = path
    this.#temporary = `${path}.tmp`
    const count = Math.ceil(log.length / BLOCK_BYTES)
    this.#contents = {
      base: log.base,
      length: log.length,
      lastWriteMs: log.lastWriteMs,
      headerBytes: log.format.headerBytes,
      isMarked: log.format.framing.mark !== undefined,
      blocksAt: bytesOfTableOf(log.length),
      ends: new Uint32Array(count),
      sums: new Uint32Array(count),
    }
    this.#steps = this.#packAll(tell)
    this.#file = openSync(this.#temporary, 'w')
  }

  /** Goes on until the deadline; answers whether everything is written. */
  work(deadline: number): boolean {
    while (!this.#steps.next().done) if (performance.now() >= deadline) return false
    return true
  }

  /** Makes what was written durable, and puts it in its place. */
  async finish(): Promise<void> {
    this.#close()
    const file = await open(this.#temporary, 'r+')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(this.#temporary, this.#path)
  }

  /** Leaves nothing half done behind. */
  abandon(): void {
    this.#close()
    rmSync(this.#temporary, { force: true })
  }

  *#packAll(tell: TellDamage): Generator<void, void> {
    for (const part of this.#log.parts(tell))
      for (let from = 0; from < part.length;) {
        const count = part.copy(this.#block, this.#filled, from)
        from += count
        this.#filled += count
        if (this.#filled < BLOCK_BYTES) continue
        this.#writeBlock()
        yield
      }
    if (this.#filled > 0) this.#writeBlock()
    if (this.#blocks < this.#contents.ends.length) throw new Error(`${this.#log.path} is shorter than it was`)
    const table = encodeContents(this.#contents)
    const length = Buffer.alloc(LENGTH_BYTES)
    length.writeUInt32LE(table.length)
    this.#write(table, 0)
    this.#write(Buffer.concat([table, length]), this.#end)
  }

  #writeBlock(): void {
    const packed = compress(this.#block.subarray(0, this.#filled))
    const { ends, sums } = this.#contents
    this.#write(packed, this.#end)
    ends[this.#blocks] = (ends[this.#blocks - 1] ?? 0) + packed.length
    sums[this.#blocks] = crc32(packed)
    this.#blocks++
    this.#filled = 0
  }

  get #end(): number {
    return this.#contents.blocksAt + (this.#contents.ends[this.#blocks - 1] ?? 0)
  }

  #close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #write(bytes: Buffer, position: number): void {
    if (writeSync(this.#file!, bytes, 0, bytes.length, position) < bytes.length)
      throw Object.assign(new Error('short write'), { code: 'ENOSPC' })
  }
}
