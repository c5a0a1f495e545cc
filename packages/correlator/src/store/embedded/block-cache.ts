/** Decompressed blocks of one generation; two are kept, four megabytes in all. */
const GENERATION = 64
const MOST_BLOCKS_A_LOG = 65_536

/** The blocks that were read last, of all packed logs: spans of one flow are often beside each other. */
export class BlockCache {
  #young = new Map<number, Buffer>()
  #old = new Map<number, Buffer>()
  #logs = 0

  /** A number for one log, to be added to those of its blocks. */
  takeNumbers(): number {
    return this.#logs++ * MOST_BLOCKS_A_LOG
  }

  get(number: number, load: () => Buffer): Buffer {
    const young = this.#young.get(number)
    if (young) return young
    const block = this.#old.get(number) ?? load()
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(number, block)
    return block
  }
}
