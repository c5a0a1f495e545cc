import type { Processing } from '@flowstitch/core'
import { isMoved } from './errors.ts'

/** A job in the hands of a worker, from when the worker has got it until it was settled. */
export class Attempt {
  readonly processing: Processing
  #isOver = false
  #failure: { readonly error: unknown } | undefined

  constructor(processing: Processing) {
    this.processing = processing
  }

  /** The handler is done. */
  over(): void {
    this.#isOver = true
  }

  /** The handler, or the worker in its place, has failed the job. */
  failed(error: unknown): void {
    this.#isOver = true
    if (!isMoved(error)) this.#failure = { error }
  }

  /** The job is being settled: by the worker, when the handler is done, or by the handler itself. */
  settled(): void {
    if (this.#isOver) this.end()
  }

  end(): void {
    if (this.#failure) this.processing.fail(this.#failure.error)
    else this.processing.succeed()
  }
}
