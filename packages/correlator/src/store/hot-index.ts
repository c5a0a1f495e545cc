import { KEY_SLOTS } from '../decode/join-keys.ts'
import { SPAN_SLOTS, type Scan } from '../decode/scan.ts'
import { NumberList } from '../decode/growing.ts'
import { Postings } from './postings.ts'

/** The index of a segment that is still written to. Positions count from the segment's start. */
export class HotIndex {
  readonly postings: Postings = new Postings()
  readonly #resources = new NumberList()
  readonly #seconds = new Map<number, number[]>()
  /** Seconds in which the first and the last trace start. */
  earliest = 0xffffffff
  latest = 0
  spans = 0
  flows = 0
  messages = 0

  /** Takes in a request whose bytes start at `base`. */
  add(scan: Scan, base: number): void {
    this.#addSpans(scan.spans, base)
    const { items, length } = scan.keys
    for (let at = 0; at < length; at += KEY_SLOTS)
      this.postings.add(items[at]!, items[at + 1]!, base + items[at + 2]!)
    for (let at = 0; at < scan.resources.length; at += 2) {
      const resource = scan.resources.items[at + 1]!
      this.#resources.push(base + scan.resources.items[at]!)
      this.#resources.push(resource === 0 ? 0 : base + resource)
    }
    this.spans += scan.accepted
    this.flows += scan.origins
    this.messages += scan.producers
  }

  #addSpans({ items, length }: NumberList, base: number): void {
    for (let at = 0; at < length; at += SPAN_SLOTS) {
      const position = base + items[at + 2]!
      const seconds = items[at + 3]!
      if (this.postings.addEarliest(items[at]!, items[at + 1]!, position, seconds))
        this.#addSecond(seconds, position)
    }
  }

  #addSecond(seconds: number, position: number): void {
    const positions = this.#seconds.get(seconds)
    if (positions) positions.push(position)
    else this.#seconds.set(seconds, [position])
    this.earliest = Math.min(this.earliest, seconds)
    this.latest = Math.max(this.latest, seconds)
  }

  /** Where the Resource of the span at `position` is; 0 if it has none. */
  resourceOf(position: number): number {
    return resourceBefore(this.resources, position)
  }

  /** Pairs of numbers: where a ResourceSpans starts, where its Resource is. */
  get resources(): Uint32Array {
    return this.#resources.items.subarray(0, this.#resources.length)
  }

  /** Seconds in which traces of this segment start, earliest first. */
  seconds(): readonly number[] {
    return [...this.#seconds.keys()].sort((a, b) => a - b)
  }

  tracesIn(seconds: number): readonly number[] {
    return this.#seconds.get(seconds) ?? []
  }
}

/** Binary search in pairs of (start of ResourceSpans, position of Resource). */
export function resourceBefore(pairs: Uint32Array, position: number): number {
  let low = 0
  let high = pairs.length / 2
  while (low < high) {
    const middle = (low + high) >>> 1
    if (pairs[middle * 2]! <= position) low = middle + 1
    else high = middle
  }
  return low === 0 ? 0 : pairs[low * 2 - 1]!
}
