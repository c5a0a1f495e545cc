const MAX_VALUES = 1000
const MAX_CHARACTERS = 16 * 1024 * 1024

/**
 * What is known of values of lists, which have no identity but their text: of equal ones, the one that came first.
 * The oldest are forgotten, for a value need never be asked for.
 */
export class Memory<T> {
  readonly #known = new Map<string, T[]>()
  #values = 0
  #characters = 0

  put(list: string, value: string, known: T): void {
    const key = keyOf(list, value)
    const same = this.#known.get(key)
    if (same) same.push(known)
    else this.#known.set(key, [known])
    this.#count(key, 1)
    while (this.#values > MAX_VALUES || this.#characters > MAX_CHARACTERS) this.#forgetOldest()
  }

  take(list: string, value: string): T | undefined {
    const key = keyOf(list, value)
    const same = this.#known.get(key)
    if (!same) return undefined
    this.#count(key, -1)
    const known = same.shift()
    if (same.length === 0) this.#known.delete(key)
    return known
  }

  #forgetOldest(): void {
    for (const [key, same] of this.#known) {
      this.#count(key, -same.length)
      this.#known.delete(key)
      return
    }
  }

  #count(key: string, more: number): void {
    this.#values += more
    this.#characters += more * key.length
  }
}

function keyOf(list: string, value: string): string {
  return `${list}\0${value}`
}
