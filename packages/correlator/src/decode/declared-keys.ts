import { Spellings } from '../names/spellings.ts'
import { readScalar } from './attributes.ts'
import { BYTES, type WireReader } from './wire.ts'

const KEY = (1 << 3) | BYTES
const VALUE = (2 << 3) | BYTES
/** Longer values are texts, not ids. */
const MAX_VALUE_LENGTH = 256

/** Attributes whose value, as their owner declares, says which message is meant: an order's id. */
export class DeclaredKeys {
  readonly #names: readonly string[]
  readonly #spellings: Spellings<string>
  readonly #initials = new Uint8Array(256)

  constructor(names: readonly string[] = []) {
    this.#names = names.filter((name) => name !== '')
    this.#spellings = new Spellings(this.#names.map((name) => [name, name]))
    for (const name of this.#names) this.#initials[Buffer.from(name)[0]!] = 1
  }

  get isEmpty(): boolean {
    return this.#names.length === 0
  }

  /** Whether an attribute whose name starts with this byte may be one of them. */
  mayBe(initial: number): boolean {
    return this.#initials[initial] === 1
  }

  /** Name and value of what `in` found. */
  partsOf(key: string): [name: string, value: string] {
    const name = this.#names.find((known) => key.startsWith(`${known}=`)) ?? ''
    return [name, key.slice(name.length + 1)]
  }

  /** `name=value` of each key in the attributes. */
  in(reader: WireReader, ranges: ArrayLike<number>, count: number): string[] {
    const found: string[] = []
    for (let index = 0; index < count; index++) {
      reader.position = ranges[index * 2]!
      reader.end = ranges[index * 2 + 1]!
      const key = this.#read(reader)
      if (key !== undefined) found.push(key)
    }
    return found
  }

  #read(reader: WireReader): string | undefined {
    let name: string | undefined
    while (reader.position < reader.end) {
      const tag = reader.varint()
      if (tag === KEY) {
        const end = reader.limit()
        name = this.#spellings.at(reader.bytes, reader.position, end)
        if (name === undefined) return undefined
        reader.position = end
      } else if (tag === VALUE && name !== undefined) {
        const value = String(readScalar(reader) ?? '')
        return value === '' || value.length > MAX_VALUE_LENGTH ? undefined : `${name}=${value}`
      } else reader.skip(tag & 7)
    }
    return undefined
  }
}
