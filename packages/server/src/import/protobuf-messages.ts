import { ByteReader } from './byte-reader.ts'

/** Field 1, length-delimited: the `resource_spans` of a request, and the only thing at its top level. */
const RESOURCE_SPANS = 0x0a
const BATCH_BYTES = 2 ** 20

/**
 * Cuts a file of protobuf into export requests. Either each has its length before it, in four bytes (what the
 * OpenTelemetry Collector's file exporter writes), or the file is one request, however large: that is cut
 * between its resources.
 */
export async function* protobufMessages(
  stream: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<Buffer, void> {
  const reader = new ByteReader(stream, maxBytes)
  const first = await reader.peek()
  if (first === undefined) return
  yield* first === RESOURCE_SPANS ? oneRequest(reader) : framedRequests(reader)
}

async function* framedRequests(reader: ByteReader): AsyncGenerator<Buffer, void> {
  while ((await reader.peek()) !== undefined) {
    const length = (await reader.take(4)).readUInt32BE()
    yield await reader.take(length)
  }
}

async function* oneRequest(reader: ByteReader): AsyncGenerator<Buffer, void> {
  let batch: Buffer[] = []
  let size = 0
  while ((await reader.peek()) !== undefined) {
    const field = await resourceSpans(reader)
    batch.push(field)
    size += field.length
    if (size < BATCH_BYTES) continue
    yield Buffer.concat(batch)
    batch = []
    size = 0
  }
  if (size > 0) yield Buffer.concat(batch)
}

async function resourceSpans(reader: ByteReader): Promise<Buffer> {
  const [tag] = await reader.take(1)
  if (tag !== RESOURCE_SPANS) throw new SyntaxError(`byte ${reader.position - 1} begins no resource spans`)
  const header = [tag]
  let length = 0
  for (let factor = 1; ; factor *= 128) {
    const byte = (await reader.take(1))[0]!
    header.push(byte)
    length += (byte & 0x7f) * factor
    if (byte < 0x80) break
    if (header.length > 6) throw new SyntaxError(`byte ${reader.position - 1} is within no length`)
  }
  return Buffer.concat([Buffer.from(header), await reader.take(length)])
}
