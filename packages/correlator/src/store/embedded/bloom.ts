/** Words of one block: 32 bytes, so that a question touches one line of the processor's cache. */
const BLOCK = 8
const BITS_A_KEY = 16
/** One multiplier a word of a block; odd, otherwise arbitrary. */
const SALTS = Int32Array.of(
  0x47b6137b,
  0x44974d91,
  0x8824ad5b,
  0xa2b7289d,
  0x705495c7,
  0x2df1424b,
  0x9efc4947,
  0x5c6bfb31,
)

/**
 * A Bloom filter in blocks over hashes that are well mixed already: the upper half chooses the block, the
 * lower half sets one bit in each of its words. Two bytes a key let one absent key in a thousand through.
 */
export class Bloom {
  readonly words: Uint32Array
  readonly #blocks: number

  constructor(words: Uint32Array) {
    this.words = words
    this.#blocks = words.length / BLOCK
  }

  static for(keys: number): Bloom {
    return new Bloom(new Uint32Array(Math.ceil((keys * BITS_A_KEY) / (BLOCK * 32) + 1) * BLOCK))
  }

  add(hi: number, lo: number): void {
    const block = this.#blockOf(hi)
    for (let word = 0; word < BLOCK; word++) this.words[block + word]! |= bitOf(lo, word)
  }

  mayHave(hi: number, lo: number): boolean {
    const block = this.#blockOf(hi)
    for (let word = 0; word < BLOCK; word++)
      if ((this.words[block + word]! & bitOf(lo, word)) === 0) return false
    return true
  }

  #blockOf(hi: number): number {
    return Math.floor((hi / 2 ** 32) * this.#blocks) * BLOCK
  }
}

function bitOf(lo: number, word: number): number {
  return 1 << (Math.imul(lo, SALTS[word]!) >>> 27)
}
