import { ExportResultCode } from '@opentelemetry/core'
import type { ReadableSpan, Sampler, SpanExporter } from '@opentelemetry/sdk-trace'

/** A sampler that fails whenever it is asked. */
export const brokenSampler: Sampler = {
  shouldSample() {
    throw new Error('sampler')
  },
  toString: () => 'broken',
}

/** An exporter that does not say that it is done until it is released. */
export class HangingExporter implements SpanExporter {
  readonly #waiting: (() => void)[] = []
  #released = false

  /** Whether somebody waits for it. */
  get hangs(): boolean {
    return this.#waiting.length > 0
  }

  export(_: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    this.#waiting.push(() => done({ code: ExportResultCode.SUCCESS }))
    if (this.#released) this.release()
  }

  release(): void {
    this.#released = true
    for (const go of this.#waiting.splice(0)) go()
  }

  async shutdown(): Promise<void> {}
}
