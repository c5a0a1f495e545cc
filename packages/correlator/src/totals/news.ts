import { HashSlots } from './hash-slots.ts'

const WAITING = 1
const TAKEN = 2

/** Traces that have news, by the hash of their id, each once. Twelve bytes a trace. */
export class News {
  #noted = new HashSlots()
  #walked = new HashSlots()
  #walk = this.#walked.entries()
  /** How many wait. */
  size = 0

  note(hi: number, lo: number): void {
    if (this.#noted.get(hi, lo) === WAITING || this.#walked.get(hi, lo) === WAITING) return
    this.#noted.set(hi, lo, WAITING)
    this.size++
  }

  /** Takes the trace out; answers whether it had news. */
  take(hi: number, lo: number): boolean {
    const isTaken = takeFrom(this.#noted, hi, lo) || takeFrom(this.#walked, hi, lo)
    if (isTaken) this.size--
    return isTaken
  }

  /** Takes any one out. */
  next(): [hi: number, lo: number] | undefined {
    if (this.size === 0) return undefined
    for (;;) {
      const entry = this.#walk.next()
      if (entry.done) {
        this.#walked = this.#noted
        this.#walk = this.#walked.entries()
        this.#noted = new HashSlots()
        continue
      }
      const [hi, lo] = entry.value
      if (this.take(hi, lo)) return [hi, lo]
    }
  }
}

function takeFrom(slots: HashSlots, hi: number, lo: number): boolean {
  if (slots.get(hi, lo) !== WAITING) return false
  slots.set(hi, lo, TAKEN)
  return true
}
