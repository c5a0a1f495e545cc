import { JOIN_NAMES, JOIN_SLOTS } from '../names/join-names.ts'
import type { Spellings } from '../names/spellings.ts'
import type { AttributeRanges } from './attributes.ts'
import { BYTES, VARINT, WireReader } from './wire.ts'

/** Fields of KeyValue and AnyValue (common.proto), as tags. */
const KEY = (1 << 3) | BYTES
const VALUE = (2 << 3) | BYTES
const TEXT = (1 << 3) | BYTES
const INTEGER = (3 << 3) | VARINT

const NONE = 0xff
/** Integers of up to this many bytes are positive and below 2^28. */
const PLAIN_INTEGER = 4
const ZERO = 0x30

/**
 * Where the values are that coordinates and ids of one span or link are made of. Copies them as bytes: most
 * spans that go through a scan are never looked at, and strings would be most of its cost.
 */
export class JoinValues {
  readonly #reader = new WireReader()
  readonly #starts = new Uint32Array(JOIN_SLOTS)
  readonly #ends = new Uint32Array(JOIN_SLOTS)
  readonly #ranks = new Uint8Array(JOIN_SLOTS)

  /** @throws DecodeError where an attribute is damaged; what stands before it counts */
  read(bytes: Uint8Array, ranges: AttributeRanges, count: number): void {
    this.#ranks.fill(NONE)
    for (let index = 0; index < count; index++) {
      this.#reader.reset(bytes, ranges[index * 2]!, ranges[index * 2 + 1]!)
      this.#note()
    }
  }

  has(slot: number): boolean {
    return this.#ranks[slot] !== NONE
  }

  /** What a value that is text spells. */
  spelt<T>(slot: number, spellings: Spellings<T>): T | undefined {
    if (!this.has(slot)) return undefined
    const end = this.#open(slot)
    return end < 0 ? undefined : spellings.at(this.#reader.bytes, this.#reader.position, end)
  }

  /** Writes a value as text; answers where that ends, or -1 where it is neither text nor a plain integer, or has no room. */
  write(slot: number, into: Uint8Array, at: number): number {
    if (!this.has(slot)) return -1
    const end = this.#open(slot)
    const { bytes, position } = this.#reader
    if (end < 0) return this.#writeInteger(slot, into, at)
    if (end === position || at + end - position > into.length) return -1
    for (let index = position; index < end; index++) into[at++] = bytes[index]!
    return at
  }

  #note(): void {
    const reader = this.#reader
    let slot = -1
    let rank = 0
    while (reader.position < reader.end) {
      const tag = reader.varint()
      if (tag !== KEY && tag !== VALUE) {
        reader.skip(tag & 7)
        continue
      }
      const limit = reader.limit()
      const start = reader.position
      reader.position = limit
      if (tag === KEY) {
        const name = JOIN_NAMES.at(reader.bytes, start, limit)
        if (!name || name.rank > this.#ranks[name.slot]!) return
        slot = name.slot
        rank = name.rank
      } else if (slot >= 0) {
        this.#ranks[slot] = rank
        this.#starts[slot] = start
        this.#ends[slot] = limit
        return
      }
    }
  }

  /** Goes to the text that a value is; answers where that ends, or -1 where it is none. */
  #open(slot: number): number {
    const reader = this.#reader
    reader.position = this.#starts[slot]!
    reader.end = this.#ends[slot]!
    return reader.position < reader.end && reader.varint() === TEXT ? reader.limit() : -1
  }

  #writeInteger(slot: number, into: Uint8Array, at: number): number {
    const reader = this.#reader
    reader.position = this.#starts[slot]!
    if (reader.position >= reader.end || reader.varint() !== INTEGER) return -1
    const start = reader.position
    const value = reader.varint()
    if (reader.position - start > PLAIN_INTEGER) return -1
    return writeDigits(value, into, at)
  }
}

function writeDigits(value: number, into: Uint8Array, at: number): number {
  let digits = 1
  for (let rest = value; rest >= 10; rest = (rest / 10) | 0) digits++
  const end = at + digits
  if (end > into.length) return -1
  let rest = value
  for (let index = end - 1; index >= at; index--) {
    into[index] = ZERO + (rest % 10)
    rest = (rest / 10) | 0
  }
  return end
}
