import { LOAD_START_MS, type Attributes, type Kind, type LoadLink, type LoadSpan } from './span.ts'

const KINDS: readonly Kind[] = ['internal', 'server', 'client', 'producer', 'consumer']
const START_NANOS = BigInt(LOAD_START_MS) * 1_000_000n
const SAMPLED = 1

/** An ExportTraceServiceRequest: the spans of one service. */
export function requestOf(service: string, spans: readonly LoadSpan[]): Uint8Array {
  const wire = new Wire()
  wire.message(1, () => {
    wire.message(1, () => attributesTo(wire, 1, { 'service.name': service, 'service.version': '1.0.0' }))
    wire.message(2, () => {
      wire.message(1, () => wire.text(1, 'load'))
      for (const span of spans) wire.message(2, () => spanTo(wire, span))
    })
  })
  return wire.take()
}

function spanTo(wire: Wire, span: LoadSpan): void {
  wire.hex(1, span.traceId)
  wire.hex(2, span.spanId)
  if (span.state !== undefined) wire.text(3, span.state)
  if (span.parentSpanId !== undefined) wire.hex(4, span.parentSpanId)
  wire.text(5, span.name)
  wire.number(6, KINDS.indexOf(span.kind) + 1)
  wire.fixed64(7, START_NANOS + BigInt(span.from) * 1000n)
  wire.fixed64(8, START_NANOS + BigInt(span.to) * 1000n)
  attributesTo(wire, 9, span.attributes)
  for (const link of span.links) wire.message(13, () => linkTo(wire, link))
  if (span.failed) wire.message(15, () => wire.number(3, 2))
  wire.fixed32(16, SAMPLED)
}

function linkTo(wire: Wire, { traceId, spanId, attributes, state }: LoadLink): void {
  wire.hex(1, traceId)
  wire.hex(2, spanId)
  if (state !== undefined) wire.text(3, state)
  if (attributes) attributesTo(wire, 4, attributes)
  wire.fixed32(6, SAMPLED)
}

function attributesTo(wire: Wire, field: number, attributes: Attributes): void {
  for (const key in attributes)
    wire.message(field, () => {
      wire.text(1, key)
      wire.message(2, () => valueTo(wire, attributes[key]!))
    })
}

function valueTo(wire: Wire, value: string | number | boolean): void {
  if (typeof value === 'string') wire.text(1, value)
  else if (typeof value === 'boolean') wire.number(2, Number(value))
  else wire.number(3, value)
}

/** Writes protobuf fast enough that a sender on one core keeps a server on another busy. */
class Wire {
  #bytes = Buffer.allocUnsafe(1 << 16)
  #at = 0

  take(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#bytes, 0, this.#at)
  }

  number(field: number, value: number): void {
    this.#varint(field << 3)
    this.#varint(value)
  }

  fixed64(field: number, value: bigint): void {
    this.#varint((field << 3) | 1)
    this.#room(8)
    this.#at = this.#bytes.writeBigUInt64LE(value, this.#at)
  }

  fixed32(field: number, value: number): void {
    this.#varint((field << 3) | 5)
    this.#room(4)
    this.#at = this.#bytes.writeUInt32LE(value, this.#at)
  }

  text(field: number, value: string): void {
    this.message(field, () => {
      this.#room(value.length * 3)
      this.#at += this.#bytes.write(value, this.#at)
    })
  }

  hex(field: number, value: string): void {
    this.#varint((field << 3) | 2)
    this.#varint(value.length / 2)
    this.#room(value.length / 2)
    this.#at += this.#bytes.write(value, this.#at, 'hex')
  }

  /** A length goes before what it is the length of: one byte is kept free for it, and what is longer moves. */
  message(field: number, write: () => void): void {
    this.#varint((field << 3) | 2)
    const start = this.#at + 1
    this.#room(1)
    this.#at = start
    write()
    const end = this.#at
    const wider = widthOf(end - start) - 1
    if (wider > 0) {
      this.#room(wider)
      this.#bytes.copyWithin(start + wider, start, end)
    }
    this.#at = start - 1
    this.#varint(end - start)
    this.#at = end + wider
  }

  #varint(value: number): void {
    this.#room(10)
    let rest = value
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.#bytes[this.#at++] = (rest % 128) | 0x80
    this.#bytes[this.#at++] = rest
  }

  #room(count: number): void {
    if (this.#at + count <= this.#bytes.length) return
    const bytes = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + count))
    this.#bytes.copy(bytes, 0, 0, this.#at)
    this.#bytes = bytes
  }
}

function widthOf(length: number): number {
  return length < 1 << 7 ? 1 : length < 1 << 14 ? 2 : length < 1 << 21 ? 3 : length < 1 << 28 ? 4 : 5
}
