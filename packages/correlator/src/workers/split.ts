import { BYTES, WireReader } from '../decode/wire.ts'
import { WireWriter } from '../decode/writer.ts'

/** Field numbers (trace_service.proto, trace.proto) on the way from a request to its spans. */
const RESOURCE_SPANS = 1
const SCOPE_SPANS = 2
const SPANS = 2

/** The bytes of a message's part for each partition that gets one. */
type Parts = Map<number, Uint8Array>

/**
 * Splits an ExportTraceServiceRequest: each span goes, byte for byte, to the partitions that are given for
 * its position (that of its length, as in a `Scan`), within the resource and the scope that it was in.
 * @throws DecodeError
 */
export function splitRequest(body: Uint8Array, partitionsAt: (position: number) => Iterable<number>): Parts {
  const reader = new WireReader()
  reader.reset(body, 0, body.length)
  const copySpan = (position: number): Parts => {
    const bytes = body.subarray(reader.position, reader.end)
    reader.position = reader.end
    return new Map([...partitionsAt(position)].map((partition) => [partition, bytes]))
  }
  return splitMessage(reader, RESOURCE_SPANS, () =>
    splitMessage(reader, SCOPE_SPANS, () => splitMessage(reader, SPANS, copySpan)),
  )
}

/** Splits the message that the reader is in: by its fields of one number, while all others go everywhere. */
function splitMessage(reader: WireReader, field: number, split: (position: number) => Parts): Parts {
  const writers = new Map<number, WireWriter>()
  const common: Uint8Array[] = []
  while (reader.position < reader.end) {
    const start = reader.position
    const tag = reader.varint()
    if (tag === ((field << 3) | BYTES)) {
      for (const [partition, bytes] of within(reader, split))
        writerOf(partition, writers).bytesField(field, bytes)
    } else {
      reader.skip(tag & 7)
      common.push(reader.bytes.subarray(start, reader.position))
    }
  }
  return new Map(
    [...writers].map(([partition, writer]) => {
      for (const bytes of common) writer.raw(bytes)
      return [partition, writer.bytes]
    }),
  )
}

function within(reader: WireReader, split: (position: number) => Parts): Parts {
  const { position, end } = reader
  reader.end = reader.limit()
  const parts = split(position)
  reader.end = end
  return parts
}

function writerOf(partition: number, writers: Map<number, WireWriter>): WireWriter {
  let writer = writers.get(partition)
  if (!writer) writers.set(partition, (writer = new WireWriter()))
  return writer
}
