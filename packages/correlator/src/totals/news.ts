import { NumberList } from '../decode/growing.ts'
import { HashSlots } from './hash-slots.ts'

const WAITING = 1
const TAKEN = 2

/**
 * Traces that have news, by the hash of their id, each once. What is noted waits until it is handed over, so
 * that whoever takes it can look at the spans as they are from then on. Twelve bytes a trace.
 */
export class News {
  #noted = new HashSlots()
  #handed = new HashSlots()
  #walk = this.#handed.entries()
  #left = 0

  /** How many wait, those that are handed over included. */
  get size(): number {
    return this.#noted.size + this.#left
  }

  /** Whether some wait, and none of them is handed over. */
  get isOver(): boolean {
    return this.#left === 0 && this.#noted.size > 0
  }

  /** All that wait, as pairs of numbers. */
  waiting(): NumberList {
    const waiting = new NumberList()
    for (const slots of [this.#noted, this.#handed])
      for (const [hi, lo, value] of slots.entries())
        if (value === WAITING) {
          waiting.push(hi)
          waiting.push(lo)
        }
    return waiting
  }

  /** @param hashes as `waiting` has answered them */
  noteAll(hashes: Uint32Array): void {
    for (let at = 0; at < hashes.length; at += 2) this.note(hashes[at]!, hashes[at + 1]!)
  }

  note(hi: number, lo: number): void {
    this.#noted.set(hi, lo, WAITING)
  }

  /** Hands over what was noted until now, if all that was handed over before is taken. */
  handOver(): void {
    if (this.#left > 0) return
    this.#handed = this.#noted
    this.#walk = this.#handed.entries()
    this.#left = this.#handed.size
    this.#noted = new HashSlots()
  }

  /** Takes the trace out; answers whether it had news that are handed over. */
  take(hi: number, lo: number): boolean {
    if (this.#handed.get(hi, lo) !== WAITING) return false
    this.#handed.set(hi, lo, TAKEN)
    this.#left--
    return true
  }

  /** Takes any one out. */
  next(): [hi: number, lo: number] | undefined {
    while (this.#left > 0) {
      const [hi, lo] = this.#walk.next().value as [number, number, number]
      if (this.take(hi, lo)) return [hi, lo]
    }
    return undefined
  }
}
