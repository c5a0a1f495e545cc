import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DeclaredKeys } from '../../decode/declared-keys.ts'
import { Scanner, type Scan } from '../../decode/scan.ts'
import { StoreError } from '../../errors.ts'
import type { KeyHash } from '../hash.ts'
import { findIn, MAX_SEGMENT_BYTES, secondsOf, segmentOf, statsOf, tracesOf } from '../segment.ts'
import type { Checkpoints, Location, Store, StoredSpan, StoreStats, TraceEntry } from '../store.ts'
import { BlockCache } from './block-cache.ts'
import { loadCheckpoint, saveCheckpoint } from './checkpoint-file.ts'
import { DiskSegment, type SegmentParts, type SegmentPaths } from './disk-segment.ts'
import { lockFolder, syncFolder, type FolderLock } from './folder.ts'
import { Faults } from './faults.ts'
import { GroupCommit } from './group-commit.ts'
import { storeErrorOf } from './log-file.ts'
import { Packer } from './packer.ts'
import { canCompress } from './zstd.ts'

/** Settings of `embeddedStore`. Times are milliseconds. */
export interface EmbeddedStoreOptions {
  /** Made if it is missing. One process at a time. */
  directory: string
  /** Segments that were last written to before this go. */
  retentionMs?: number
  /** The oldest segments go when the folder holds more. */
  maxDiskBytes?: number
  /** A segment of this size is sealed and a new one begun; at most 1 GB. */
  segmentBytes?: number
  /** So is one of this age, so that retention can drop it some day. */
  segmentMs?: number
  /** Declared keys, the engine's: an index that is made again must have them too. */
  keys?: readonly string[]
  /**
   * Whether segments that take no more are compressed when there is time for it, to a fifth or less. Needs
   * Node 22.15 or newer.
   */
  compress?: boolean
  /** How much may wait for the disk before further requests are refused. */
  maxPendingBytes?: number
  /** Hears of what fails behind requests and of what was repaired, a line at a time. */
  report?: (line: string) => void
}

const HOUR = 3_600_000
const LOG_NAME = /^(\d{10})\.(?:log|zst)$/

/**
 * Keeps requests in a folder: durable when `append` resolves, found again after a restart, bounded in memory
 * and on disk.
 * @throws StoreError when the folder is in use, of a newer version, or not writable
 */
export async function embeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const settings = {
    retentionMs: 7 * 24 * HOUR,
    maxDiskBytes: 20_000_000_000,
    segmentBytes: 256_000_000,
    segmentMs: HOUR,
    keys: [],
    compress: true,
    maxPendingBytes: 64_000_000,
    report: () => undefined,
    ...options,
  }
  settings.segmentBytes = Math.min(settings.segmentBytes, MAX_SEGMENT_BYTES)
  const lock = await lockFolder(settings.directory)
  try {
    return new EmbeddedStore(settings, lock)
  } catch (error) {
    lock.release()
    throw error instanceof StoreError ? error : storeErrorOf(error, settings.directory)
  }
}

class EmbeddedStore implements Store {
  readonly #options: Required<EmbeddedStoreOptions>
  readonly #lock: FolderLock
  readonly #faults: Faults
  readonly #parts: SegmentParts
  readonly #segments: DiskSegment[]
  readonly #packer: Packer | undefined
  readonly #commits: GroupCommit
  readonly #unsynced = new Set<DiskSegment>()
  readonly #timer: ReturnType<typeof setInterval>
  #sealing: Promise<void> = Promise.resolve()
  #closed = false
  #dropped = 0
  #damaged = 0

  constructor(options: Required<EmbeddedStoreOptions>, lock: FolderLock) {
    this.#options = options
    this.#lock = lock
    this.#faults = new Faults(options.report)
    this.#parts = {
      scanner: new Scanner(new DeclaredKeys(options.keys)),
      blocks: new BlockCache(),
      tell: (line) => this.#faults.tell(line),
      tellDamage: (line) =>
        this.#faults.failed('read', `${++this.#damaged} damaged places, the last: ${line}`),
    }
    this.#segments = this.#openSegments()
    this.#commits = new GroupCommit(() => this.#sync(), options.maxPendingBytes)
    if (options.compress && canCompress) this.#packer = this.#newPacker()
    if (this.#segments.length === 0) this.#segments.push(this.#create(1, 0))
    else if (!this.#hot.isOpen) this.#rotate()
    this.#timer = setInterval(() => this.#maintain(), 60_000).unref()
    this.#maintain()
  }

  async append(body: Uint8Array, scan: Scan): Promise<void> {
    if (this.#closed) throw new StoreError('closed', 'The store is closed')
    this.#commits.check(body.length)
    if (!this.#hot.isEmpty && this.#hot.log.length + body.length > this.#options.segmentBytes) this.#rotate()
    this.#hot.append(body, scan)
    this.#unsynced.add(this.#hot)
    await this.#commits.commit(body.length)
  }

  find(key: KeyHash): Location[] {
    return findIn(this.#segments, key)
  }

  read(location: Location): StoredSpan {
    return segmentOf(this.#segments, location).read(location.position)
  }

  seconds(since: number, until: number): Iterable<number> {
    return secondsOf(this.#segments, since, until)
  }

  tracesIn(second: number): TraceEntry[] {
    return tracesOf(this.#segments, second)
  }

  get checkpoints(): Checkpoints {
    const path = join(this.#options.directory, 'checkpoint')
    const { base, length } = this.#hot.log
    return {
      start: this.#segments[0]!.log.base,
      end: base + length,
      save: (encode) => this.#saveCheckpoint(path, encode),
      load: () => loadCheckpoint(path, (line) => this.#faults.tell(line)),
      discard: (why) => {
        this.#faults.tell(`${path}: ${why}`)
        this.#faults.attempt('checkpoint', () => rmSync(path, { force: true }))
      },
      requestsFrom: (sequence) => this.#requestsFrom(sequence),
    }
  }

  stats(): StoreStats {
    const { standing: faults } = this.#faults
    return { ...statsOf(this.#segments), dropped: this.#dropped, damaged: this.#damaged, faults }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#timer)
    await this.#commits.settled()
    await this.#sealing
    await this.#packer?.close()
    for (const segment of this.#segments) segment.close()
    this.#lock.release()
  }

  get #hot(): DiskSegment {
    return this.#segments.at(-1)!
  }

  async #sync(): Promise<void> {
    const segments = [...this.#unsynced]
    this.#unsynced.clear()
    try {
      await Promise.all(segments.map((segment) => segment.sync()))
    } catch (error) {
      this.#faults.failed('commit', error)
      throw error
    }
  }

  #rotate(): void {
    const full = this.#hot
    this.#segments.push(this.#create(full.number + 1, full.log.base + full.log.length))
    this.#sealFull()
    this.#dropOldest()
  }

  #sealFull(): void {
    for (const segment of this.#segments.slice(0, -1)) if (!segment.isSealed) this.#seal(segment)
  }

  /** One at a time. What can't be sealed now, as the disk is full, answers from memory and is tried again. */
  #seal(segment: DiskSegment): void {
    this.#sealing = this.#sealing
      .then(() => segment.seal())
      .then(() => this.#faults.succeeded('seal'))
      .catch((error: unknown) => this.#faults.failed('seal', storeErrorOf(error, segment.log.path)))
  }

  async #saveCheckpoint(path: string, encode: () => Promise<readonly Uint8Array[]>): Promise<boolean> {
    try {
      this.#commits.check(0)
      const parts = await encode()
      // Answers when a sync that begins now has ended.
      await this.#commits.commit(0)
      await saveCheckpoint(path, parts)
      syncFolder(this.#options.directory)
    } catch (error) {
      this.#faults.failed('checkpoint', storeErrorOf(error, path))
      return false
    }
    this.#faults.succeeded('checkpoint')
    return true
  }

  *#requestsFrom(sequence: number): Generator<Scan> {
    const segments = this.#segments.slice()
    for (const segment of segments)
      if (this.#segments.includes(segment)) yield* segment.requestsFrom(sequence)
  }

  /** What time alone brings about: sealing an old segment, and retention. */
  #maintain(): void {
    if (!this.#hot.isEmpty && Date.now() - this.#hot.openedMs > this.#options.segmentMs)
      this.#faults.attempt('rotate', () => this.#rotate())
    this.#sealFull()
    this.#dropOldest()
  }

  #dropOldest(): void {
    const { retentionMs, maxDiskBytes } = this.#options
    const isOver = (oldest: DiskSegment): boolean =>
      oldest.isSealed &&
      (oldest.log.lastWriteMs < Date.now() - retentionMs || this.stats().bytes > maxDiskBytes)
    while (this.#segments.length > 1 && isOver(this.#segments[0]!)) {
      if (this.#packer?.release(this.#segments[0]!) === false) return
      if (!this.#faults.attempt('retention', () => this.#segments[0]!.remove())) return
      this.#segments.shift()
      this.#dropped++
    }
  }

  #newPacker(): Packer {
    const { directory, maxDiskBytes } = this.#options
    const source = {
      // What could not be synced may not be what the log says.
      next: () =>
        this.#commits.hasFailed
          ? undefined
          : this.#segments.find((segment) => segment.isToBePacked && !this.#unsynced.has(segment)),
      isPressed: () => this.stats().bytes > maxDiskBytes / 2,
      sync: () => syncFolder(directory),
    }
    return new Packer(source, this.#faults)
  }

  #openSegments(): DiskSegment[] {
    const numbers = readdirSync(this.#options.directory).flatMap((name) => LOG_NAME.exec(name)?.[1] ?? [])
    const segments: DiskSegment[] = []
    for (const number of [...new Set(numbers)].sort().map(Number)) {
      const before = segments.at(-1)?.log
      const paths = this.#pathsOf(number)
      const base = before ? before.base + before.length : 0
      const segment = DiskSegment.open(number, base, paths, this.#parts)
      if (segment) segments.push(segment)
      else rmSync(paths.log, { force: true })
    }
    return segments
  }

  #create(number: number, base: number): DiskSegment {
    const segment = DiskSegment.create(number, base, this.#pathsOf(number), this.#parts)
    try {
      syncFolder(this.#options.directory)
    } catch (error) {
      segment.remove()
      throw storeErrorOf(error, segment.log.path)
    }
    return segment
  }

  #pathsOf(number: number): SegmentPaths {
    const path = join(this.#options.directory, String(number).padStart(10, '0'))
    return { log: `${path}.log`, packed: `${path}.zst`, index: `${path}.idx` }
  }
}
