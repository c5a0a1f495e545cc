import { existsSync, rmSync } from 'node:fs'
import { rejectFuture } from '../../decode/horizon.ts'
import type { Scan, Scanner } from '../../decode/scan.ts'
import { HotIndex, resourceBefore } from '../hot-index.ts'
import type { Segment, SegmentStats } from '../segment.ts'
import { ServiceCache } from '../service-cache.ts'
import type { StoredSpan } from '../store.ts'
import type { BlockCache } from './block-cache.ts'
import { Damage, type TellDamage } from './damage.ts'
import { damagedRequest, LogFile } from './log-file.ts'
import { PackedLog } from './packed-log.ts'
import { Packing } from './packing.ts'
import type { RequestLog } from './request-log.ts'
import { SealedIndex } from './sealed-index.ts'
import { writeSealedIndex } from './sealed-writer.ts'

/** A message without fields: a span without ids, which answers no question. */
const NOTHING: Uint8Array = Uint8Array.of(0)

/** Where the files of a segment are. */
export interface SegmentPaths {
  log: string
  packed: string
  index: string
}

/** What segments of one folder share. */
export interface SegmentParts {
  scanner: Scanner
  blocks: BlockCache
  /** Hears of what is damaged, */
  tellDamage: TellDamage
  /** and of what was repaired without loss. */
  tell: (line: string) => void
}

/** A segment on disk: its requests, and its index, which is in memory until the segment is sealed. */
export class DiskSegment implements Segment {
  readonly number: number
  readonly openedMs: number = Date.now()
  readonly #paths: SegmentPaths
  readonly #parts: SegmentParts
  readonly #services = new ServiceCache()
  #log: LogFile | PackedLog
  #index: HotIndex | SealedIndex
  #isDamageTold = false

  private constructor(
    number: number,
    paths: SegmentPaths,
    parts: SegmentParts,
    log: LogFile | PackedLog,
    index: HotIndex | SealedIndex,
  ) {
    this.number = number
    this.#paths = paths
    this.#parts = parts
    this.#log = log
    this.#index = index
  }

  /** @throws StoreError; no file is left behind then */
  static create(number: number, base: number, paths: SegmentPaths, parts: SegmentParts): DiskSegment {
    return new DiskSegment(number, paths, parts, LogFile.create(paths.log, base), new HotIndex())
  }

  /**
   * Opens a segment; one without an index that can be read is scanned again. Undefined if there is nothing in it.
   * @param base where it should start
   * @throws StoreError
   */
  static open(
    number: number,
    base: number,
    paths: SegmentPaths,
    parts: SegmentParts,
  ): DiskSegment | undefined {
    const log = openLog(base, paths, parts)
    if (!log) return undefined
    try {
      const sealed = SealedIndex.open(paths.index)
      if (sealed) return new DiskSegment(number, paths, parts, log, sealed)
    } catch (error) {
      tellRepair(error, parts)
    }
    return new DiskSegment(number, paths, parts, log, scanned(log, parts))
  }

  get log(): RequestLog {
    return this.#log
  }

  get isSealed(): boolean {
    return this.#index instanceof SealedIndex
  }

  /** Whether requests may be appended. */
  get isOpen(): boolean {
    return this.#log instanceof LogFile && this.#log.isCurrent && !this.isSealed
  }

  get isEmpty(): boolean {
    return this.#log instanceof LogFile && this.#log.isEmpty
  }

  /** Whether its requests are all on disk, and not yet compressed. */
  get isToBePacked(): boolean {
    return this.isSealed && this.#log instanceof LogFile && !this.#log.isSyncing
  }

  append(body: Uint8Array, scan: Scan): void {
    if (!(this.#log instanceof LogFile && this.#index instanceof HotIndex))
      throw new Error(`${this.#log.path} takes no more`)
    this.#index.add(scan, this.#log.append(body))
  }

  async sync(): Promise<void> {
    if (this.#log instanceof LogFile) await this.#log.sync()
  }

  /** Writes the index to disk and lets go of the one in memory. Reads go on meanwhile. */
  async seal(): Promise<void> {
    if (!(this.#index instanceof HotIndex)) return
    await writeSealedIndex(this.#index, this.#paths.index)
    this.#index = SealedIndex.open(this.#paths.index) ?? this.#index
  }

  /** Begins to compress the requests. Reads go on meanwhile. */
  pack(): Packing {
    if (!(this.#log instanceof LogFile)) throw new Error(`${this.#log.path} is packed`)
    return new Packing(this.#log, this.#paths.packed, this.#parts.tellDamage)
  }

  /** Answers from the compressed requests from now on, and drops the others. */
  usePacked(): void {
    const { blocks, tellDamage } = this.#parts
    const packed = PackedLog.open(this.#paths.packed, blocks, tellDamage)
    if (!packed) throw new Error(`${this.#paths.packed} can't be read back`)
    const before = this.#log
    this.#log = packed
    before.close()
    rmSync(before.path, { force: true })
  }

  /** The requests from a sequence on, scanned again. */
  *requestsFrom(sequence: number): Generator<Scan> {
    const from = sequence - this.#log.base
    if (from >= this.#log.length) return
    const { scanner } = this.#parts
    for (const { body, isDamaged } of this.#log.frames(from > 0 ? from : undefined))
      if (!isDamaged) yield scanner.scan(body)
  }

  find(hi: number, lo: number): readonly number[] {
    return this.#ask((index) => (index instanceof HotIndex ? index.postings.get(hi, lo) : index.find(hi, lo)))
  }

  read(position: number): StoredSpan {
    const resource = resourceBefore(this.#index.resources, position)
    const service = this.#services.get(resource, () => ({ bytes: this.#messageAt(resource), position: 0 }))
    return { bytes: this.#messageAt(position), position: 0, service, sequence: this.#log.base + position }
  }

  get earliest(): number {
    return this.#index.earliest
  }

  get latest(): number {
    return this.#index.latest
  }

  seconds(): readonly number[] {
    return this.#ask((index) => index.seconds())
  }

  tracesIn(second: number): readonly number[] {
    return this.#ask((index) => index.tracesIn(second))
  }

  stats(): SegmentStats {
    const { spans, flows, messages } = this.#index instanceof HotIndex ? this.#index : this.#index.counts
    const bytes = this.#log.diskBytes + (this.#index instanceof SealedIndex ? this.#index.bytes : 0)
    return { spans, flows, messages, bytes }
  }

  close(): void {
    this.#log.close()
    if (this.#index instanceof SealedIndex) this.#index.close()
  }

  /** Takes its files away. It is as it was when that fails. */
  remove(): void {
    const { log, packed, index } = this.#paths
    for (const path of [log, packed, index]) rmSync(path, { force: true })
    this.close()
  }

  /** An index that turns out to be damaged is made again from the requests, and sealed again later. */
  #ask<T>(question: (index: HotIndex | SealedIndex) => T): T {
    try {
      return question(this.#index)
    } catch (error) {
      tellRepair(error, this.#parts)
      const damaged = this.#index
      this.#index = scanned(this.#log, this.#parts)
      if (damaged instanceof SealedIndex) damaged.close()
      return question(this.#index)
    }
  }

  /** What is damaged is left out. A packed log has told where it is; of another one it is told once. */
  #messageAt(position: number): Uint8Array {
    try {
      return this.#log.messageAt(position)
    } catch (error) {
      if (!(error instanceof Damage)) throw error
      if (this.#log instanceof LogFile && !this.#isDamageTold) {
        this.#isDamageTold = true
        this.#parts.tellDamage(`${this.#log.path}: the span at byte ${position} is damaged and left out`)
      }
      return NOTHING
    }
  }
}

function openLog(base: number, paths: SegmentPaths, parts: SegmentParts): LogFile | PackedLog | undefined {
  const { blocks, tellDamage } = parts
  if (!existsSync(paths.packed)) return LogFile.open(paths.log, base, tellDamage)
  const packed = PackedLog.open(paths.packed, blocks, tellDamage)
  // A crash may have come between its being there and the other's being dropped.
  if (packed) rmSync(paths.log, { force: true })
  else if (existsSync(paths.log)) return LogFile.open(paths.log, base, tellDamage)
  else tellDamage(`${paths.packed}: both of its tables of contents are damaged; its spans are left out`)
  return packed
}

/** Reads the requests back, and cuts off what a crash left half written. */
function scanned(log: LogFile | PackedLog, { scanner, tell, tellDamage }: SegmentParts): HotIndex {
  const index = new HotIndex()
  const writtenMs = log.lastWriteMs
  let end = log instanceof LogFile ? log.format.headerBytes : 0
  for (const { body, position, isDamaged } of log.frames()) {
    end = position + body.length
    if (isDamaged) {
      tellDamage(damagedRequest(log.path, position))
      continue
    }
    const scan = scanner.scan(body)
    // What was refused when it came stays so.
    rejectFuture(scan, writtenMs)
    index.add(scan, position)
  }
  const cut = log instanceof LogFile ? log.cutOff(end) : 0
  if (cut > 0) tell(`${log.path}: cut off ${cut} bytes at its end that a crash left half written`)
  return index
}

function tellRepair(error: unknown, { tell }: SegmentParts): void {
  if (!(error instanceof Damage)) throw error
  tell(`${error.message}; the index is made again`)
}
