/** A list of unsigned 32-bit numbers in one typed array that doubles as it grows. */
export class NumberList {
  #items: Uint32Array
  length: number

  /** @param items what it starts with; at least one */
  constructor(items?: Uint32Array) {
    this.#items = items ?? new Uint32Array(64)
    this.length = items?.length ?? 0
  }

  get items(): Uint32Array {
    return this.#items
  }

  push(item: number): void {
    if (this.length === this.#items.length) this.#grow()
    this.#items[this.length++] = item
  }

  clear(): void {
    this.length = 0
  }

  #grow(): void {
    const items = new Uint32Array(this.#items.length * 2)
    items.set(this.#items)
    this.#items = items
  }
}
