import { DecodeError } from '../errors.ts'

/** Wire types of protobuf (encoding, "Message Structure"). Groups are not part of OTLP. */
export const VARINT = 0
export const FIXED64 = 1
export const BYTES = 2
export const FIXED32 = 5

const NONE = new Uint8Array(0)

/**
 * A cursor over protobuf bytes that never leaves them: each read is checked against `end`, and bytes that
 * lie end in a `DecodeError`.
 */
export class WireReader {
  bytes: Uint8Array = NONE
  position = 0
  end = 0

  reset(bytes: Uint8Array, position: number, end: number): void {
    this.bytes = bytes
    this.position = position
    this.end = end
  }

  /** A varint's lower 32 bits; the upper ones are read over. */
  varint(): number {
    const { bytes } = this
    let position = this.position
    let byte = position < this.end ? bytes[position++]! : malformed('a number is cut off', position)
    let value = byte & 0x7f
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (position >= this.end || shift > 63) malformed('a number is cut off or too long', position)
      byte = bytes[position++]!
      if (shift < 32) value |= (byte & 0x7f) << shift
    }
    this.position = position
    return value >>> 0
  }

  /** Reads the length of a length-delimited field; answers where the field ends. */
  limit(): number {
    const length = this.varint()
    const limit = this.position + length
    if (limit > this.end) malformed(`a field of ${length} bytes ends after its message`, this.position)
    return limit
  }

  /** Goes over a field of the wire type. */
  skip(wireType: number): void {
    if (wireType === BYTES) this.position = this.limit()
    else if (wireType === VARINT) this.varint()
    else if (wireType === FIXED64) this.advance(8)
    else if (wireType === FIXED32) this.advance(4)
    else malformed(`wire type ${wireType} is none of OTLP's`, this.position)
  }

  /** Goes `count` bytes on and answers where they started. */
  advance(count: number): number {
    const start = this.position
    if (start + count > this.end) malformed('a fixed-width number is cut off', start)
    this.position = start + count
    return start
  }
}

function malformed(what: string, position: number): never {
  throw new DecodeError('malformed-protobuf', `Not an OTLP trace request: ${what} (byte ${position})`)
}
