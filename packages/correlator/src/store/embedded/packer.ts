import { Pace } from '../../totals/pace.ts'
import type { DiskSegment } from './disk-segment.ts'
import type { Faults } from './faults.ts'
import type { Packing } from './packing.ts'
import { storeErrorOf } from './log-file.ts'

/** After a failure it is tried again. */
const PAUSE_MS = 60_000

/** What packing needs of its store. */
export interface PackerSource {
  /** The next segment to pack, if there is one. */
  next(): DiskSegment | undefined
  /** Whether the disk will soon be full of requests that are not packed. */
  isPressed(): boolean
  /** Makes the name of a file durable. */
  sync(): void
}

/** Packs segments, one at a time, when others leave time for it. */
export class Packer {
  readonly #source: PackerSource
  readonly #faults: Faults
  readonly #pace: Pace
  #current: { segment: DiskSegment; packing: Packing } | undefined
  #finishing: Promise<void> | undefined
  #notBefore = 0

  constructor(source: PackerSource, faults: Faults) {
    this.#source = source
    this.#faults = faults
    const shares = {
      idle: 0.3,
      get busy() {
        return source.isPressed() ? 0.1 : 0.03
      },
    }
    this.#pace = new Pace((deadline) => this.#work(deadline), shares)
  }

  /** Leaves off, and nothing half done behind. */
  async close(): Promise<void> {
    this.#pace.stop()
    await this.#finishing
    this.#abandon()
  }

  /** Lets go of a segment that is about to be dropped; answers whether it has. */
  release(segment: DiskSegment): boolean {
    if (this.#current?.segment !== segment) return true
    if (this.#finishing) return false
    this.#abandon()
    return true
  }

  /** Answers whether nothing can be done now. */
  #work(deadline: number): boolean {
    if (this.#finishing || performance.now() < this.#notBefore) return true
    try {
      const current = (this.#current ??= this.#begin())
      if (!current) return true
      if (!current.packing.work(deadline)) return false
      this.#finishing = this.#finish(current).finally(() => (this.#finishing = undefined))
    } catch (error) {
      this.#failed(error)
    }
    return true
  }

  #begin(): { segment: DiskSegment; packing: Packing } | undefined {
    const segment = this.#source.next()
    return segment && { segment, packing: segment.pack() }
  }

  async #finish({ segment, packing }: { segment: DiskSegment; packing: Packing }): Promise<void> {
    try {
      await packing.finish()
      this.#source.sync()
      segment.usePacked()
      this.#current = undefined
      this.#faults.succeeded('pack')
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    const path = this.#current?.segment.log.path
    this.#notBefore = performance.now() + PAUSE_MS
    this.#faults.failed('pack', path === undefined ? error : storeErrorOf(error, path))
    this.#abandon()
  }

  #abandon(): void {
    const { packing } = this.#current ?? {}
    this.#current = undefined
    try {
      packing?.abandon()
    } catch (error) {
      this.#faults.failed('pack', error)
    }
  }
}
