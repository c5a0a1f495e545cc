import type { Span } from '../decode/span.ts'

/** Spans and links of one generation; two are kept. */
const GENERATION = 32_768

/** Spans that questions have decoded lately, by where they are stored: what one asks for, the next often does too. */
export class DecodedSpans {
  #young = new Map<number, Span>()
  #old = new Map<number, Span>()
  #size = 0

  get(key: number): Span | undefined {
    const young = this.#young.get(key)
    if (young) return young
    const old = this.#old.get(key)
    if (old) this.set(key, old)
    return old
  }

  set(key: number, span: Span): void {
    if (this.#size >= GENERATION) {
      this.#old = this.#young
      this.#young = new Map()
      this.#size = 0
    }
    this.#young.set(key, span)
    this.#size += 1 + span.links.length
  }
}
