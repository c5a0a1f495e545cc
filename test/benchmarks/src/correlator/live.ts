import { get, type ClientRequest } from 'node:http'
import { createInterface } from 'node:readline'
import type { FlowSummary } from '@flowstitch/correlator'

const PATIENCE_MS = 10_000

/** Follows `/live`, and knows when it was told what. */
export class Live {
  readonly #request: ClientRequest
  readonly #awaited = new Map<string, { steps: number; resolve: (at: number) => void }>()

  #closed = false

  private constructor(request: ClientRequest, lines: AsyncIterable<string>) {
    this.#request = request
    // The stream is cut off where it is closed; anywhere else that ends the measurement.
    this.#read(lines).catch((error: unknown) => {
      if (!this.#closed) throw error
    })
  }

  static open(viewer: string): Promise<Live> {
    return new Promise((resolve, reject) => {
      const request = get(`${viewer}/api/v1/live`, (answer) =>
        resolve(new Live(request, createInterface({ input: answer }))),
      )
      request.on('error', reject)
    })
  }

  /** When the flow was told with all its steps; what takes longer than ten seconds is told then. */
  whole(id: string, steps: number): Promise<number> {
    return new Promise((resolve) => {
      const timeout = setTimeout(() => resolve(performance.now()), PATIENCE_MS)
      const told = (at: number): void => {
        clearTimeout(timeout)
        resolve(at)
      }
      this.#awaited.set(id, { steps, resolve: told })
    })
  }

  close(): void {
    this.#closed = true
    this.#request.destroy()
  }

  async #read(lines: AsyncIterable<string>): Promise<void> {
    for await (const line of lines) {
      if (!line.startsWith('data: {')) continue
      const { id, stepCount } = JSON.parse(line.slice('data: '.length)) as FlowSummary
      const awaited = this.#awaited.get(id)
      if (awaited?.steps !== stepCount) continue
      this.#awaited.delete(id)
      awaited.resolve(performance.now())
    }
  }
}
