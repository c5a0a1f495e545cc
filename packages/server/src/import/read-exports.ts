import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import type { Encoding } from '@flowstitch/correlator'
import { MAX_BODY_BYTES } from '../otlp/body.ts'
import { jsonDocuments } from './json-documents.ts'
import { protobufMessages } from './protobuf-messages.ts'

/** One export request out of a file. */
export interface ExportRequest {
  body: Buffer
  encoding: Encoding
}

/** The export requests in a file of OTLP: JSON or protobuf, plain or gzipped, told apart by their first bytes. */
export async function* readExports(path: string, onBytes: (count: number) => void): AsyncGenerator<ExportRequest, void> {
  const raw = createReadStream(path, { highWaterMark: 2 ** 18 }).on('data', (chunk) => onBytes(chunk.length))
  const gzipped = (await firstBytes(path)).readUInt16BE() === 0x1f8b
  const content = gzipped ? pipeTo(raw, createGunzip()) : raw
  const [first, whole] = await peeked(content)
  const encoding: Encoding = /^[\s\uFEFF]*\{/.test(first.toString('utf8')) ? 'json' : 'protobuf'
  const bodies = (encoding === 'json' ? jsonDocuments : protobufMessages)(whole, MAX_BODY_BYTES)
  for await (const body of bodies) yield { body, encoding }
}

async function firstBytes(path: string): Promise<Buffer> {
  await using file = await open(path)
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0)
  return buffer
}

function pipeTo<Target extends NodeJS.WritableStream>(source: NodeJS.ReadableStream, target: Target): Target {
  source.on('error', (error) => (target as Target & { destroy(error: Error): void }).destroy(error))
  return source.pipe(target)
}

/** The first chunk, and the stream with it still in place. */
async function peeked(stream: AsyncIterable<Buffer>): Promise<[Buffer, AsyncIterable<Buffer>]> {
  const chunks = stream[Symbol.asyncIterator]()
  const { value = Buffer.alloc(0) } = (await chunks.next()) as IteratorResult<Buffer, undefined>
  async function* whole(): AsyncGenerator<Buffer, void> {
    yield value
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
  }
  return [value, whole()]
}
