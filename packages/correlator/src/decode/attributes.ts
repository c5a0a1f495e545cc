import { DecodeError } from '../errors.ts'
import { nameAt } from '../names/lookup.ts'
import type { Facts, Scalar } from '../names/messaging.ts'
import type { Concept } from '../names/table.ts'
import { BYTES, FIXED64, VARINT, type WireReader } from './wire.ts'

/** Byte ranges of KeyValue messages (common.proto): start and end, one after the other. */
export type AttributeRanges = ArrayLike<number>

/** Picks the messaging facts out of the attributes; each attribute that has no name of ours costs no string. */
export function readFacts(reader: WireReader, ranges: AttributeRanges, count: number): Facts {
  const facts: Facts = {}
  const ranks: { [concept in Concept]?: number } = {}
  for (let index = 0; index < count; index++) {
    reader.position = ranges[index * 2]!
    reader.end = ranges[index * 2 + 1]!
    readFact(reader, facts, ranks)
  }
  return facts
}

function readFact(reader: WireReader, facts: Facts, ranks: { [concept in Concept]?: number }): void {
  let name: ReturnType<typeof nameAt>
  while (reader.position < reader.end) {
    const tag = reader.varint()
    if (tag === ((1 << 3) | BYTES)) {
      const end = reader.limit()
      name = nameAt(reader.bytes, reader.position, end)
      if (!name) return
      reader.position = end
    } else if (tag === ((2 << 3) | BYTES) && name) {
      if (name.rank <= (ranks[name.concept] ?? Infinity) && setFact(facts, name.concept, reader))
        ranks[name.concept] = name.rank
      return
    } else reader.skip(tag & 7)
  }
}

/** Answers whether there was a value to set. */
function setFact(facts: Facts, concept: Concept, reader: WireReader): boolean {
  if (concept === 'coordinates') {
    facts.coordinates = readTexts(reader)
    return true
  }
  const value = readScalar(reader)
  if (value !== undefined) facts[concept] = value
  return value !== undefined
}

/** The texts of a list; one text is a list that went through Zipkin, which has none. */
function readTexts(reader: WireReader): string[] {
  const texts: string[] = []
  const end = reader.limit()
  while (reader.position < end) {
    const tag = reader.varint()
    if (tag === ((1 << 3) | BYTES)) texts.push(...readText(reader).split(','))
    else if (tag === ((5 << 3) | BYTES)) readList(reader, texts)
    else reader.skip(tag & 7)
  }
  return texts
}

/** An ArrayValue (common.proto). */
function readList(reader: WireReader, texts: string[]): void {
  const end = reader.limit()
  while (reader.position < end) {
    const tag = reader.varint()
    if (tag !== ((1 << 3) | BYTES)) {
      reader.skip(tag & 7)
      continue
    }
    const value = readScalar(reader)
    if (typeof value === 'string') texts.push(value)
  }
}

/** An AnyValue (common.proto) that is one value; lists, maps and bytes are none. */
export function readScalar(reader: WireReader): Scalar | undefined {
  const end = reader.limit()
  let value: Scalar | undefined
  while (reader.position < end) {
    const tag = reader.varint()
    if (tag === ((1 << 3) | BYTES)) value = readText(reader)
    else if (tag === ((2 << 3) | VARINT)) value = reader.varint() !== 0
    else if (tag === ((3 << 3) | VARINT)) value = readInteger(reader)
    else if (tag === ((4 << 3) | FIXED64)) value = readDouble(reader)
    else reader.skip(tag & 7)
  }
  return value
}

export function readText(reader: WireReader): string {
  const end = reader.limit()
  const start = reader.position
  reader.position = end
  return bufferOf(reader.bytes).toString('utf8', start, end)
}

/** An int64: a number as far as that is exact, and text beyond. */
function readInteger(reader: WireReader): Scalar {
  const start = reader.position
  const low = reader.varint()
  if (reader.position - start <= 4) return low
  let value = 0n
  for (let index = reader.position - 1; index >= start; index--)
    value = (value << 7n) | BigInt(reader.bytes[index]! & 0x7f)
  const signed = BigInt.asIntN(64, value)
  const number = Number(signed)
  return Number.isSafeInteger(number) ? number : signed.toString()
}

function readDouble(reader: WireReader): number {
  return bufferOf(reader.bytes).readDoubleLE(reader.advance(8))
}

export function readTime(reader: WireReader): bigint {
  return bufferOf(reader.bytes).readBigUInt64LE(reader.advance(8))
}

export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** A span is worth more than what it nests: what the scan went over without looking may be damaged. */
export function leniently<T>(read: () => T, otherwise: T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof DecodeError) return otherwise
    throw error
  }
}
