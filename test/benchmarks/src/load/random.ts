/** Numbers that look random and are the same for the same seed (xoshiro128**, by Blackman and Vigna). */
export class Random {
  readonly #state: Uint32Array

  constructor(seed: number) {
    this.#state = Uint32Array.from([1, 2, 3, 4], (word) => scramble(seed + Math.imul(word, 0x9e3779b9)))
  }

  /** 32 bits. */
  next(): number {
    const s = this.#state as unknown as [number, number, number, number]
    const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0
    const shifted = s[1] << 9
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= shifted
    s[3] = rotate(s[3], 11)
    return result
  }

  /** At least 0 and below `count`. */
  below(count: number): number {
    return Math.floor((this.next() / 2 ** 32) * count)
  }

  /** Whole, and from `low` to `high`. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  chance(share: number): boolean {
    return this.next() < share * 2 ** 32
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!
  }

  /** Lower-case hex digits, eight a word. */
  hex(words: number): string {
    let text = ''
    for (let word = 0; word < words; word++) text += this.next().toString(16).padStart(8, '0')
    return text
  }

  shuffle<T>(list: T[]): T[] {
    for (let last = list.length - 1; last > 0; last--) {
      const other = this.below(last + 1)
      ;[list[last], list[other]] = [list[other]!, list[last]!]
    }
    return list
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}

function scramble(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
