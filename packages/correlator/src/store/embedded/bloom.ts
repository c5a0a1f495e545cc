const PROBES = 4

/** A Bloom filter over hashes that are well mixed already: eight bits a key miss one absent key in forty. */
export class Bloom {
  readonly words: Uint32Array

  constructor(words: Uint32Array) {
    this.words = words
  }

  static for(keys: number): Bloom {
    return new Bloom(new Uint32Array(Math.max(1, Math.ceil(keys / 4))))
  }

  add(hi: number, lo: number): void {
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = this.#bit(hi, lo, probe)
      this.words[bit >>> 5]! |= 1 << (bit & 31)
    }
  }

  mayHave(hi: number, lo: number): boolean {
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = this.#bit(hi, lo, probe)
      if ((this.words[bit >>> 5]! & (1 << (bit & 31))) === 0) return false
    }
    return true
  }

  #bit(hi: number, lo: number, probe: number): number {
    return ((hi + Math.imul(probe, lo | 1)) >>> 0) % (this.words.length * 32)
  }
}
