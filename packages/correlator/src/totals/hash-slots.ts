/** A 64-bit hash as two numbers, and a value. */
const SLOT = 3
const HI = 0
const LO = 1
/** 0 in a free slot, so that values are from 1. */
const VALUE = 2

/** Hash → number, in one typed array: 12 bytes a slot, where a `Map` needs seventy. */
export class HashSlots {
  #slots: Uint32Array
  size: number

  /** @param slots as `words` has answered them, with so many entries */
  constructor(slots: Uint32Array = new Uint32Array(256 * SLOT), size = 0) {
    this.#slots = slots
    this.size = size
  }

  /** All there is to make the same again. */
  get words(): Uint32Array {
    return this.#slots
  }

  get(hi: number, lo: number): number {
    return this.#slots[this.#probe(hi, lo) + VALUE]!
  }

  /** @param value from 1 */
  set(hi: number, lo: number, value: number): void {
    const slot = this.#probe(hi, lo)
    if (this.#slots[slot + VALUE] === 0) {
      if ((this.size + 1) * SLOT * 4 > this.#slots.length * 3) {
        this.#grow()
        this.set(hi, lo, value)
        return
      }
      this.size++
      this.#slots[slot + HI] = hi
      this.#slots[slot + LO] = lo
    }
    this.#slots[slot + VALUE] = value
  }

  /** Hash and value of every entry, in no order. */
  *entries(): Generator<[hi: number, lo: number, value: number]> {
    const slots = this.#slots
    for (let slot = 0; slot < slots.length; slot += SLOT)
      if (slots[slot + VALUE] !== 0) yield [slots[slot + HI]!, slots[slot + LO]!, slots[slot + VALUE]!]
  }

  /** The slot of the hash, or the free one where it belongs. */
  #probe(hi: number, lo: number): number {
    const slots = this.#slots
    const count = slots.length / SLOT
    let at = lo & (count - 1)
    while (slots[at * SLOT + VALUE] !== 0 && (slots[at * SLOT] !== hi || slots[at * SLOT + LO] !== lo))
      at = (at + 1) & (count - 1)
    return at * SLOT
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Uint32Array(old.length * 2)
    for (let slot = 0; slot < old.length; slot += SLOT) {
      if (old[slot + VALUE] === 0) continue
      this.#slots.set(old.subarray(slot, slot + SLOT), this.#probe(old[slot]!, old[slot + LO]!))
    }
  }
}
