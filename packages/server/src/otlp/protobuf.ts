/**
 * The few protobuf messages that an OTLP receiver answers with. Requests are read by the correlator; these
 * answers have three kinds of field, which is less than a protobuf library needs to be told about them.
 */

const VARINT = 0
const LENGTH_DELIMITED = 2

/** `google.rpc.Code`, as far as answers use it. */
export const code = {
  invalidArgument: 3,
  resourceExhausted: 8,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
  permissionDenied: 7,
} as const

/** One of the codes above. */
export type StatusCode = (typeof code)[keyof typeof code]

/** `google.rpc.Status`, with a `RetryInfo` when the sender should come again. */
export function statusMessage(status: StatusCode, message: string, retryAfterMs?: number): Buffer {
  const details = retryAfterMs === undefined ? [] : [bytes(3, retryInfo(retryAfterMs))]
  return Buffer.concat([int(1, status), text(2, message), ...details])
}

/** `ExportTraceServiceResponse`: empty on success, `partial_success` when spans were rejected or a warning is due. */
export function exportResponse(rejectedSpans: number, errorMessage: string): Buffer {
  if (rejectedSpans === 0 && errorMessage === '') return Buffer.alloc(0)
  return bytes(1, Buffer.concat([int(1, rejectedSpans), text(2, errorMessage)]))
}

/** What an `ExportTraceServiceResponse` says about spans that were not taken; unknown fields are passed over. */
export function readExportResponse(response: Buffer): { rejectedSpans: number; errorMessage: string } {
  const partial = new Map(fields(new Map(fields(response)).get(1)?.bytes ?? Buffer.alloc(0)))
  return { rejectedSpans: partial.get(1)?.int ?? 0, errorMessage: partial.get(2)?.bytes.toString() ?? '' }
}

interface Value {
  int: number
  bytes: Buffer
}

function* fields(message: Buffer): Generator<[field: number, value: Value]> {
  let at = 0
  const readVarint = (): number => {
    for (let value = 0, factor = 1; ; factor *= 128) {
      const byte = message[at++]
      if (byte === undefined) throw new RangeError('the answer ends within a field')
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
  }
  while (at < message.length) {
    const tag = readVarint()
    const int = readVarint()
    const end = (tag & 7) === LENGTH_DELIMITED ? at + int : at
    yield [tag >>> 3, { int, bytes: message.subarray(at, end) }]
    at = end
  }
}

function retryInfo(retryAfterMs: number): Buffer {
  const duration = Buffer.concat([
    int(1, Math.floor(retryAfterMs / 1000)),
    int(2, (retryAfterMs % 1000) * 1_000_000),
  ])
  return Buffer.concat([text(1, 'type.googleapis.com/google.rpc.RetryInfo'), bytes(2, bytes(1, duration))])
}

function int(field: number, value: number): Buffer {
  return value === 0 ? Buffer.alloc(0) : Buffer.from([...varint((field << 3) | VARINT), ...varint(value)])
}

function text(field: number, value: string): Buffer {
  return value === '' ? Buffer.alloc(0) : bytes(field, Buffer.from(value))
}

function bytes(field: number, value: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from([...varint((field << 3) | LENGTH_DELIMITED), ...varint(value.length)]),
    value,
  ])
}

function varint(value: number): number[] {
  const out: number[] = []
  for (; value > 0x7f; value = Math.floor(value / 128)) out.push((value % 128) | 0x80)
  out.push(value)
  return out
}
