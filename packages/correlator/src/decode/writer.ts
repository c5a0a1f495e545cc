/** Writes protobuf messages. Nested messages are made first and copied in, which is fast enough for JSON. */
export class WireWriter {
  #bytes = Buffer.allocUnsafe(256)
  #length = 0

  /** What was written so far; valid until the next write. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  varintField(field: number, value: bigint | number): void {
    this.#varint(BigInt(field << 3))
    this.#varint(BigInt.asUintN(64, BigInt(value)))
  }

  fixed64Field(field: number, value: bigint): void {
    this.#varint(BigInt((field << 3) | 1))
    this.#room(8)
    this.#length = this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, value), this.#length)
  }

  doubleField(field: number, value: number): void {
    this.#varint(BigInt((field << 3) | 1))
    this.#room(8)
    this.#length = this.#bytes.writeDoubleLE(value, this.#length)
  }

  fixed32Field(field: number, value: number): void {
    this.#varint(BigInt((field << 3) | 5))
    this.#room(4)
    this.#length = this.#bytes.writeUInt32LE(value >>> 0, this.#length)
  }

  bytesField(field: number, value: Uint8Array): void {
    this.#varint(BigInt((field << 3) | 2))
    this.#varint(BigInt(value.length))
    this.raw(value)
  }

  /** Fields that are written already. */
  raw(fields: Uint8Array): void {
    this.#room(fields.length)
    this.#bytes.set(fields, this.#length)
    this.#length += fields.length
  }

  textField(field: number, value: string): void {
    this.bytesField(field, Buffer.from(value, 'utf8'))
  }

  messageField(field: number, write: (writer: WireWriter) => void): void {
    const inner = new WireWriter()
    write(inner)
    this.bytesField(field, inner.bytes)
  }

  #varint(value: bigint): void {
    this.#room(10)
    let rest = value
    for (; rest > 0x7fn; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80
    this.#bytes[this.#length++] = Number(rest)
  }

  #room(count: number): void {
    if (this.#length + count <= this.#bytes.length) return
    const bytes = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + count))
    bytes.set(this.bytes)
    this.#bytes = bytes
  }
}
