import { rmSync } from 'node:fs'
import { rejectFuture } from '../../decode/horizon.ts'
import type { Scan, Scanner } from '../../decode/scan.ts'
import { HotIndex, resourceBefore } from '../hot-index.ts'
import type { Segment, SegmentStats } from '../segment.ts'
import { ServiceCache } from '../service-cache.ts'
import type { StoredSpan } from '../store.ts'
import { LogFile } from './log-file.ts'
import { SealedIndex } from './sealed-index.ts'
import { writeSealedIndex } from './sealed-writer.ts'

/** A segment on disk: its requests, and its index, which is in memory until the segment is sealed. */
export class DiskSegment implements Segment {
  readonly number: number
  readonly log: LogFile
  readonly openedMs: number = Date.now()
  readonly #indexPath: string
  readonly #services = new ServiceCache()
  #index: HotIndex | SealedIndex

  private constructor(number: number, log: LogFile, indexPath: string, index: HotIndex | SealedIndex) {
    this.number = number
    this.log = log
    this.#indexPath = indexPath
    this.#index = index
  }

  static create(number: number, base: number, logPath: string, indexPath: string): DiskSegment {
    return new DiskSegment(number, LogFile.create(logPath, base), indexPath, new HotIndex())
  }

  /** Opens a segment; one without a sealed index is scanned again. Tells what is found wrong. */
  static open(
    number: number,
    logPath: string,
    indexPath: string,
    scanner: Scanner,
    tell: (line: string) => void,
  ): DiskSegment | undefined {
    const log = LogFile.open(logPath)
    if (!log) return undefined
    const sealed = SealedIndex.open(indexPath)
    if (sealed) return new DiskSegment(number, log, indexPath, sealed)
    const index = new HotIndex()
    const writtenMs = log.lastWriteMs
    const wrong = log.recover(({ body, position }) => {
      const scan = scanner.scan(body)
      // What was refused when it came stays so.
      rejectFuture(scan, writtenMs)
      index.add(scan, position)
    })
    for (const line of wrong) tell(line)
    return new DiskSegment(number, log, indexPath, index)
  }

  get isSealed(): boolean {
    return this.#index instanceof SealedIndex
  }

  get isEmpty(): boolean {
    return this.log.isEmpty
  }

  /** Requests and index on disk. */
  get diskBytes(): number {
    return this.log.length + (this.#index instanceof SealedIndex ? this.#index.bytes : 0)
  }

  append(body: Uint8Array, scan: Scan): void {
    const position = this.log.append(body)
    if (this.#index instanceof HotIndex) this.#index.add(scan, position)
  }

  /** Writes the index to disk and lets go of the one in memory. Reads go on meanwhile. */
  async seal(): Promise<void> {
    if (!(this.#index instanceof HotIndex)) return
    await writeSealedIndex(this.#index, this.#indexPath)
    this.#index = SealedIndex.open(this.#indexPath) ?? this.#index
  }

  find(hi: number, lo: number): readonly number[] {
    return this.#index instanceof HotIndex ? this.#index.postings.get(hi, lo) : this.#index.find(hi, lo)
  }

  read(position: number): StoredSpan {
    const resource = resourceBefore(this.#index.resources, position)
    const service = this.#services.get(resource, () => ({ bytes: this.log.messageAt(resource), position: 0 }))
    const sequence = this.log.base + position
    return { bytes: this.log.messageAt(position), position: 0, service, sequence }
  }

  get earliest(): number {
    return this.#index.earliest
  }

  get latest(): number {
    return this.#index.latest
  }

  seconds(): readonly number[] {
    return this.#index.seconds()
  }

  tracesIn(second: number): readonly number[] {
    return this.#index.tracesIn(second)
  }

  stats(): SegmentStats {
    const { spans, flows, messages } = this.#index instanceof HotIndex ? this.#index : this.#index.counts
    return { spans, flows, messages, bytes: this.diskBytes }
  }

  close(): void {
    this.log.close()
    if (this.#index instanceof SealedIndex) this.#index.close()
  }

  /** Takes its files away. It is as it was when that fails. */
  remove(): void {
    rmSync(this.log.path, { force: true })
    rmSync(this.#indexPath, { force: true })
    this.close()
  }
}
