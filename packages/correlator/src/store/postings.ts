import { NumberList } from '../decode/growing.ts'

const SLOT_BITS = 2
const SLOT = 1 << SLOT_BITS
const HEAD = 2
const EARLIEST = 3
/** Marks a head that is the one position of its key and no row; positions are below it. */
const ONLY = 0x8000_0000
const NONE: readonly number[] = []

/**
 * Join key → positions, in typed arrays: an open-addressing table of 16 bytes a slot (hash, newest row,
 * earliest second), and, for keys of more than one position, rows of 8 bytes that point at the next older one. A
 * `Map` of strings needs three times the memory and ten times the time.
 */
export class Postings {
  #slots = new Uint32Array(1024 * SLOT)
  #keys = 0
  readonly #rows = new NumberList()

  get keys(): number {
    return this.#keys
  }

  get bytes(): number {
    return this.#slots.byteLength + this.#rows.items.byteLength
  }

  /** Adds a position; the same one twice in a row counts once. */
  add(hi: number, lo: number, position: number): void {
    this.#addAt(this.#slotFor(hi, lo), position)
  }

  /** Adds a span to its trace; answers whether it is the earliest of the trace so far. */
  addEarliest(hi: number, lo: number, position: number, seconds: number): boolean {
    const slot = this.#slotFor(hi, lo)
    const earliest = this.#slots[slot + HEAD] === 0 || seconds < this.#slots[slot + EARLIEST]!
    if (earliest) this.#slots[slot + EARLIEST] = seconds
    this.#addAt(slot, position)
    return earliest
  }

  /** Positions of the key, oldest first. */
  get(hi: number, lo: number): readonly number[] {
    const head = this.#slots[this.#probe(this.#slots, hi, lo) + HEAD]!
    if (head === 0) return NONE
    if (head >= ONLY) return [head - ONLY]
    const positions: number[] = []
    this.#rowsInto(positions, head)
    return positions.toReversed()
  }

  /** Adds the positions of the key to the list, newest first. */
  into(list: NumberList, hi: number, lo: number): void {
    const head = this.#slots[this.#probe(this.#slots, hi, lo) + HEAD]!
    if (head >= ONLY) list.push(head - ONLY)
    else this.#rowsInto(list, head)
  }

  /** All hashes that are in use, as pairs of numbers, in no order. */
  hashes(): Uint32Array {
    const hashes = new Uint32Array(this.#keys * 2)
    let next = 0
    for (let slot = 0; slot < this.#slots.length; slot += SLOT) {
      if (this.#slots[slot + HEAD] === 0) continue
      hashes[next++] = this.#slots[slot]!
      hashes[next++] = this.#slots[slot + 1]!
    }
    return hashes
  }

  #rowsInto(list: { push(position: number): unknown }, head: number): void {
    const { items } = this.#rows
    for (let row = head; row !== 0; row = items[row * 2 - 1]!) list.push(items[row * 2 - 2]!)
  }

  #addAt(slot: number, position: number): void {
    const head = this.#slots[slot + HEAD]!
    if (head === 0) this.#slots[slot + HEAD] = ONLY + position
    else if (head >= ONLY) {
      if (head - ONLY !== position) this.#slots[slot + HEAD] = this.#row(position, this.#row(head - ONLY, 0))
    } else if (this.#rows.items[head * 2 - 2] !== position)
      this.#slots[slot + HEAD] = this.#row(position, head)
  }

  /** Adds a row in front of another one; answers its number, from 1. */
  #row(position: number, next: number): number {
    this.#rows.push(position)
    this.#rows.push(next)
    return this.#rows.length / 2
  }

  #slotFor(hi: number, lo: number): number {
    const slot = this.#probe(this.#slots, hi, lo)
    if (this.#slots[slot + HEAD] !== 0) return slot
    if ((this.#keys + 1) * SLOT * 4 > this.#slots.length * 3) {
      this.#grow()
      return this.#slotFor(hi, lo)
    }
    this.#keys++
    this.#slots[slot] = hi
    this.#slots[slot + 1] = lo
    return slot
  }

  /** The slot of the key, or the free one where it belongs. */
  #probe(slots: Uint32Array, hi: number, lo: number): number {
    const mask = slots.length - 1
    let slot = (lo << SLOT_BITS) & mask
    while (slots[slot + HEAD] !== 0 && (slots[slot] !== hi || slots[slot + 1] !== lo))
      slot = (slot + SLOT) & mask
    return slot
  }

  #grow(): void {
    const old = this.#slots
    const slots = new Uint32Array(old.length * 2)
    for (let from = 0; from < old.length; from += SLOT) {
      if (old[from + HEAD] === 0) continue
      const to = this.#probe(slots, old[from]!, old[from + 1]!)
      for (let part = 0; part < SLOT; part++) slots[to + part] = old[from + part]!
    }
    this.#slots = slots
  }
}
