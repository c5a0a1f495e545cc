import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Encoding } from '@flowstitch/correlator'
import { MAX_BODY_BYTES } from '../otlp/body.ts'
import { jsonDocuments } from './json-documents.ts'
import { protobufMessages } from './protobuf-messages.ts'

const CHUNK_BYTES = 2 ** 18
const SNIFFED_BYTES = 4096

/** One export request out of a file. */
export interface ExportRequest {
  body: Buffer
  encoding: Encoding
}

/** The export requests in a file of OTLP: JSON or protobuf, plain or gzipped, told apart by their first bytes. */
export async function* readExports(
  path: string,
  onBytes: (count: number) => void,
): AsyncGenerator<ExportRequest, void> {
  const gzipped = (await firstBytes(path)).readUInt16BE() === 0x1f8b
  const raw = counted(createReadStream(path, { highWaterMark: CHUNK_BYTES }), onBytes)
  const [first, content] = await peeked(gzipped ? gunzipped(raw) : raw)
  const encoding: Encoding = looksLikeJson(first) ? 'json' : 'protobuf'
  const bodies = (encoding === 'json' ? jsonDocuments : protobufMessages)(content, MAX_BODY_BYTES)
  for await (const body of bodies) yield { body, encoding }
}

/** Protobuf may begin like JSON (a newline and a brace are a tag and a length), but soon has a control character. */
function looksLikeJson(start: Buffer): boolean {
  const text = start.toString('utf8', 0, SNIFFED_BYTES)
  return /^\s*(\{|$)/.test(text) && !/[^\P{Cc}\s]/u.test(text)
}

async function firstBytes(path: string): Promise<Buffer> {
  await using file = await open(path)
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0)
  return buffer
}

async function* counted(
  stream: AsyncIterable<Buffer>,
  onBytes: (count: number) => void,
): AsyncGenerator<Buffer, void> {
  for await (const chunk of stream) {
    onBytes(chunk.length)
    yield chunk
  }
}

function gunzipped(stream: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  // The iteration rejects with whatever fails; the callback has nothing to add.
  return pipeline(stream, createGunzip(), () => undefined)
}

/** The first chunk, and the stream with it still in place. */
async function peeked(stream: AsyncIterable<Buffer>): Promise<[Buffer, AsyncIterable<Buffer>]> {
  const chunks = stream[Symbol.asyncIterator]()
  const { value = Buffer.alloc(0) } = (await chunks.next()) as IteratorResult<Buffer, undefined>
  async function* whole(): AsyncGenerator<Buffer, void> {
    yield value
    yield* { [Symbol.asyncIterator]: () => chunks }
  }
  return [value, whole()]
}
