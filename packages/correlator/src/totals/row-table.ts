import { NumberList } from '../decode/growing.ts'
import { KEY_TRACE, KeyHash } from '../store/hash.ts'
import { HashSlots } from './hash-slots.ts'

/** Before the words of a unit: their count, and the trace id that it is called by (four numbers). */
const HEAD = 5

/** All that a table is made of. */
export interface TableWords {
  words: Uint32Array
  slots: Uint32Array
  /** How many units have a slot, */
  units: number
  /** and how many words are of no use any more. */
  unused: number
}

/**
 * What each unit adds to the totals, as words in one typed array: a hundred bytes a message at most, as
 * millions of them have to be remembered so that a unit that changes can be counted anew.
 */
export class RowTable {
  #slots: HashSlots
  #words: NumberList
  #unused: number
  readonly #hash = new KeyHash()

  constructor(from?: TableWords) {
    this.#slots = from ? new HashSlots(from.slots, from.units) : new HashSlots()
    this.#words = from && from.words.length > 0 ? new NumberList(from.words) : new NumberList()
    this.#unused = from?.unused ?? 0
  }

  /** As it is now; it must stay so while this is in use. */
  get contents(): TableWords {
    const words = this.#words.items.subarray(0, this.#words.length)
    return { words, slots: this.#slots.words, units: this.#slots.size, unused: this.#unused }
  }

  /** How many words it holds, those of no use any more among them. */
  get words(): number {
    return this.#words.length
  }

  /** Puts the words in the place of what the unit had before. */
  replace(traceId: string, words: NumberList): void {
    const id = Buffer.from(traceId, 'hex')
    this.#hash.bytes(KEY_TRACE, id, 0, id.length)
    const { hi, lo } = this.#hash
    const place = this.#slots.get(hi, lo)
    if (place === 0 && words.length === 0) return
    if (place !== 0 && this.#write(place - 1, words)) return
    this.#slots.set(hi, lo, this.#words.length + 1)
    this.#words.push(words.length)
    for (let at = 0; at < 16; at += 4) this.#words.push(id.readUInt32BE(at))
    for (let at = 0; at < words.length; at++) this.#words.push(words.items[at]!)
    if (this.#unused > 65_536 && this.#unused * 2 > this.#words.length) this.#compact()
  }

  /** The words of each unit that adds something. The table must stay as it is meanwhile. */
  *rows(): Generator<Uint32Array> {
    for (const [, , place] of this.#slots.entries()) {
      const at = place - 1 + HEAD
      const length = this.#words.items[place - 1]!
      if (length > 0) yield this.#words.items.subarray(at, at + length)
    }
  }

  /** The ids of all units, with the hash of each. */
  *ids(): Generator<{ traceId: string; hi: number; lo: number }> {
    for (const [hi, lo, place] of this.#slots.entries()) {
      const words = this.#words.items
      if (words[place - 1]! > 0) yield { traceId: idAt(words, place), hi, lo }
    }
  }

  /** Where the words have the room of those before them, they take it. */
  #write(place: number, words: NumberList): boolean {
    const before = this.#words.items[place]!
    if (before === words.length || words.length === 0) {
      this.#words.items[place] = words.length
      this.#words.items.set(words.items.subarray(0, words.length), place + HEAD)
      if (words.length < before) this.#unused += before
      return true
    }
    this.#unused += before + HEAD
    return false
  }

  #compact(): void {
    const slots = new HashSlots()
    const words = new NumberList()
    for (const [hi, lo, place] of this.#slots.entries()) {
      const from = place - 1
      const length = this.#words.items[from]!
      if (length === 0) continue
      slots.set(hi, lo, words.length + 1)
      for (let at = from; at < from + HEAD + length; at++) words.push(this.#words.items[at]!)
    }
    this.#slots = slots
    this.#words = words
    this.#unused = 0
  }
}

function idAt(words: Uint32Array, at: number): string {
  const parts = [words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!]
  return parts.map((part) => part.toString(16).padStart(8, '0')).join('')
}
