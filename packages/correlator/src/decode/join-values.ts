import { JOIN_NAMES, JOIN_SLOTS, type JoinName } from '../names/join-names.ts'
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
    this.#reader.reset(bytes, 0, 0)
    for (let index = 0; index < count; index++) this.#note(bytes, ranges[index * 2]!, ranges[index * 2 + 1]!)
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

  #note(bytes: Uint8Array, start: number, end: number): void {
    const nameEnd = start + 2 + bytes[start + 1]!
    const valueEnd = nameEnd + 2 + bytes[nameEnd + 1]!
    if (!isPlain(bytes, start, KEY) || !isPlain(bytes, nameEnd, VALUE) || valueEnd > end) {
      this.#noteUnusual(start, end)
      return
    }
    const name = JOIN_NAMES.at(bytes, start + 2, nameEnd)
    if (name !== undefined && name.rank <= this.#ranks[name.slot]!) this.#set(name, nameEnd + 2, valueEnd)
  }

  /** Whatever the order of the fields, and however long they are. */
  #noteUnusual(from: number, to: number): void {
    const reader = this.#reader
    reader.reset(reader.bytes, from, to)
    let name: JoinName | undefined
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
        name = JOIN_NAMES.at(reader.bytes, start, limit)
        if (!name || name.rank > this.#ranks[name.slot]!) return
      } else if (name) {
        this.#set(name, start, limit)
        return
      }
    }
  }

  #set({ slot, rank }: JoinName, start: number, end: number): void {
    this.#ranks[slot] = rank
    this.#starts[slot] = start
    this.#ends[slot] = end
  }

  /** Goes to the text that a value is; answers where that ends, or -1 where it is none. */
  #open(slot: number): number {
    const reader = this.#reader
    const start = this.#starts[slot]!
    const end = this.#ends[slot]!
    reader.position = start
    reader.end = end
    if (isPlain(reader.bytes, start, TEXT) && end === start + 2 + reader.bytes[start + 1]!) {
      reader.position = start + 2
      return end
    }
    return start < end && reader.varint() === TEXT ? reader.limit() : -1
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

/** Whether a field starts there as nearly all do: with this tag and a length of one byte. */
function isPlain(bytes: Uint8Array, at: number, tag: number): boolean {
  return bytes[at] === tag && bytes[at + 1]! < 0x80
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
