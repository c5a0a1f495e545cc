import { readText, readTime } from '../decode/attributes.ts'
import { BYTES, FIXED64, WireReader } from '../decode/wire.ts'
import { WireWriter } from '../decode/writer.ts'
import type { StepRef } from '../model.ts'
import type { StoredSpan } from '../store/store.ts'

/** A join key's 64-bit hash, as two 32-bit numbers. */
export interface HashedKey {
  hi: number
  lo: number
}

/** A read that one worker asks another for: what is found under these keys. */
export function encodeRead(keys: readonly HashedKey[]): Uint8Array {
  const writer = new WireWriter()
  for (const { hi, lo } of keys) writer.fixed64Field(1, (BigInt(hi) << 32n) | BigInt(lo))
  return writer.bytes
}

/** @throws DecodeError */
export function decodeRead(bytes: Uint8Array): HashedKey[] {
  const reader = readerOf(bytes)
  const keys: HashedKey[] = []
  while (reader.position < reader.end) {
    const tag = reader.varint()
    if (tag === ((1 << 3) | FIXED64)) keys.push(keyIn(readTime(reader)))
    else reader.skip(tag & 7)
  }
  return keys
}

function keyIn(bits: bigint): HashedKey {
  return { hi: Number(bits >> 32n), lo: Number(bits & 0xffffffffn) }
}

/** The answer: for each key, in the order of the read, the spans that were found. */
export function encodeFound(found: readonly (readonly StoredSpan[])[]): Uint8Array {
  const writer = new WireWriter()
  for (const spans of found)
    writer.messageField(1, (to) => {
      for (const span of spans) to.messageField(1, (inner) => writeSpan(inner, span))
    })
  return writer.bytes
}

function writeSpan(to: WireWriter, { bytes, position, service, sequence }: StoredSpan): void {
  const reader = new WireReader()
  reader.reset(bytes, position, bytes.length)
  const end = reader.limit()
  to.bytesField(1, bytes.subarray(reader.position, end))
  to.textField(2, service)
  to.fixed64Field(3, BigInt(sequence))
}

/**
 * @param source the partition that answers
 * @throws DecodeError
 */
export function decodeFound(bytes: Uint8Array, source: number): StoredSpan[][] {
  const reader = readerOf(bytes)
  return readAll(reader, () => readAll(reader, () => readSpan(reader, source)))
}

/** Reads every field 1 of the message that the reader is in. */
function readAll<T>(reader: WireReader, read: () => T): T[] {
  const all: T[] = []
  while (reader.position < reader.end) {
    const tag = reader.varint()
    if (tag !== ((1 << 3) | BYTES)) {
      reader.skip(tag & 7)
      continue
    }
    const { end } = reader
    reader.end = reader.limit()
    all.push(read())
    reader.end = end
  }
  return all
}

function readSpan(reader: WireReader, source: number): StoredSpan {
  const span: StoredSpan = { bytes: reader.bytes, position: 0, service: '', sequence: 0, source }
  while (reader.position < reader.end) {
    const tag = reader.varint()
    if (tag === ((1 << 3) | BYTES)) {
      span.position = reader.position
      reader.skip(BYTES)
    } else if (tag === ((2 << 3) | BYTES)) span.service = readText(reader)
    else if (tag === ((3 << 3) | FIXED64)) span.sequence = Number(readTime(reader))
    else reader.skip(tag & 7)
  }
  return span
}

/** A span of which only its ids are told: who wants to know more asks for its trace. */
export function idsOnly({ traceId, spanId }: StepRef): StoredSpan {
  const writer = new WireWriter()
  writer.messageField(1, (to) => {
    to.bytesField(1, Buffer.from(traceId, 'hex'))
    to.bytesField(2, Buffer.from(spanId, 'hex'))
  })
  return { bytes: writer.bytes, position: 1, service: '', sequence: 0 }
}

function readerOf(bytes: Uint8Array): WireReader {
  const reader = new WireReader()
  reader.reset(bytes, 0, bytes.length)
  return reader
}
