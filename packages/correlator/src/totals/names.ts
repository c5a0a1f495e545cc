/** Texts as small numbers, from 1; 0 is none. What it has seen once it keeps. */
export class Names {
  readonly #numbers = new Map<string, number>()
  readonly #texts: (string | undefined)[] = [undefined]

  /** @param texts as `texts` has answered them */
  constructor(texts: readonly string[] = []) {
    for (const text of texts) this.numberOf(text)
  }

  /** All texts, in the order of their numbers. */
  get texts(): string[] {
    return this.#texts.slice(1) as string[]
  }

  numberOf(text: string | undefined): number {
    if (text === undefined) return 0
    let number = this.#numbers.get(text)
    if (number === undefined) {
      number = this.#texts.push(text) - 1
      this.#numbers.set(text, number)
    }
    return number
  }

  textOf(number: number): string | undefined {
    return this.#texts[number]
  }
}
