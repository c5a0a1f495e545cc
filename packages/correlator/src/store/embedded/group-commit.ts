import { OverloadError } from '../../errors.ts'

interface Waiting {
  resolve: () => void
  reject: (error: unknown) => void
}

/** Makes one sync answer all who wrote before it began, so that durability costs little under load. */
export class GroupCommit {
  readonly #sync: () => Promise<void>
  readonly #maxPendingBytes: number
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined
  #pendingBytes = 0
  #failure: unknown

  constructor(sync: () => Promise<void>, maxPendingBytes: number) {
    this.#sync = sync
    this.#maxPendingBytes = maxPendingBytes
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined
  }

  /** @throws OverloadError when the disk is behind; StoreError when it has failed before */
  check(bytes: number): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#pendingBytes > 0 && this.#pendingBytes + bytes > this.#maxPendingBytes)
      throw new OverloadError(`${this.#pendingBytes} bytes are waiting for the disk`, 1)
  }

  /** Resolves when these bytes, which were written before, are durable. */
  commit(bytes: number): Promise<void> {
    this.#pendingBytes += bytes
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** What a failed sync left on disk is unknown, so nothing is promised any more after one. */
  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting
      const bytes = this.#pendingBytes
      this.#waiting = []
      try {
        await this.#sync()
        for (const { resolve } of waiting) resolve()
      } catch (error) {
        this.#failure = error
        for (const { reject } of waiting) reject(error)
      }
      this.#pendingBytes -= bytes
    }
    this.#running = undefined
  }

  async settled(): Promise<void> {
    await this.#running
  }
}
