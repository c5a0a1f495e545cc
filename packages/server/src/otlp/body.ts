import { availableParallelism } from 'node:os'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import type { ByteBudget } from '../budget.ts'

/** The largest export request, on the wire and decompressed. */
export const MAX_BODY_BYTES: number = 32 * 2 ** 20

/** How much of a refused body is still read, so that its sender gets the answer. */
const MAX_DISCARDED_BYTES = 256 * 2 ** 20

const MIN_CHUNK_BYTES = 16_384
/** Without it a body that fills its room asks for as much again. */
const MORE_THAN_TOLD = 64
const MAX_RATIO = 20
/** Larger ones than this are put together here, and share their memory with no chunk or pool of Node's. */
const OWN_BYTES = 128 * 2 ** 10

/**
 * Up to this many bytes are decompressed at once. Handing them to a thread costs this one about as much as
 * decompressing 8 KiB does; with one core for both it only adds to the work, whatever their number, and what is
 * larger goes to a thread lest it keeps others waiting.
 */
const INLINE_BYTES = availableParallelism() > 1 ? 8 * 2 ** 10 : 2 ** 20

interface Limits {
  maxOutputLength: number
  chunkSize: number
}

interface Decompressor {
  inline(body: Uint8Array, limits: Limits): Buffer
  inThread(body: Uint8Array, limits: Limits): Promise<Buffer>
}

const decompressors: Record<string, Decompressor | undefined> = {
  gzip: { inline: zlib.gunzipSync, inThread: promisify<Uint8Array, Limits, Buffer>(zlib.gunzip) },
  // Node has it from 22.15 on.
  zstd:
    typeof zlib.zstdDecompress === 'function'
      ? {
          inline: zlib.zstdDecompressSync,
          inThread: promisify<Uint8Array, Limits, Buffer>(zlib.zstdDecompress),
        }
      : undefined,
}

/** The content codings that `readBody` takes, for `Accept-Encoding`. */
export const acceptedEncodings: string = Object.keys(decompressors)
  .filter((name) => decompressors[name])
  .join(', ')

/** Why a body could not be read, as the HTTP status that says so. */
export class BodyError extends Error {
  override readonly name = 'BodyError'
  readonly status: 400 | 413 | 415 | 503

  constructor(status: 400 | 413 | 415 | 503, message: string) {
    super(message)
    this.status = status
  }
}

/** A body in memory, until `release`: nobody may look at its bytes after that. */
export interface Body {
  bytes: Buffer
  /** Gives the bytes back to the budget and to the system. Called once the request is answered. */
  release(): void
}

/** Collects and decompresses one request's body, never holding more than the limits; throws a `BodyError`. */
export async function readBody(
  stream: Readable,
  headers: { 'content-length'?: string; 'content-encoding'?: string },
  budget: ByteBudget,
): Promise<Body> {
  let held = 0
  const hold = (bytes: number): void => {
    if (!budget.take(bytes)) throw new BodyError(503, 'too many requests in flight; try again later')
    held += bytes
  }
  try {
    const decompressor = decompressorFor(headers['content-encoding'])
    if (Number(headers['content-length']) > MAX_BODY_BYTES) throw tooLarge()
    const raw = await collect(stream, hold)
    const bytes = decompressor ? await inflate(raw, decompressor) : raw
    if (decompressor) hold(bytes.byteLength)
    return {
      bytes,
      release() {
        budget.give(held)
        free(bytes)
      },
    }
  } catch (error) {
    budget.give(held)
    // Whoever breaks off meanwhile waits for no answer.
    await discard(stream).catch(() => undefined)
    throw error
  }
}

/** At once, as the collector runs for nothing but bodies otherwise: a third of the work that a request makes. */
function free({ byteLength, buffer }: Buffer): void {
  if (byteLength > OWN_BYTES && buffer instanceof ArrayBuffer) buffer.transfer(0)
}

function decompressorFor(encoding = 'identity'): Decompressor | undefined {
  const name = encoding.trim().toLowerCase()
  if (name === 'identity' || name === '') return undefined
  const decompressor = Object.hasOwn(decompressors, name) ? decompressors[name] : undefined
  if (decompressor) return decompressor
  throw new BodyError(415, `content encoding ${name} is not supported; send ${acceptedEncodings} or none`)
}

/** Events instead of an iterator, whose promises would be most of what a small body costs. */
function collect(stream: Readable, hold: (bytes: number) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const stop = (): void => void stream.off('data', take).off('error', fail).off('close', cutOff)
    const fail = (error: unknown): void => {
      stop()
      stream.pause()
      reject(error)
    }
    const cutOff = (): void => fail(new BodyError(400, 'the body ends too early'))
    const take = (chunk: Buffer): void => {
      try {
        size += chunk.byteLength
        if (size > MAX_BODY_BYTES) throw tooLarge()
        hold(chunk.byteLength)
        chunks.push(chunk)
      } catch (error) {
        fail(error)
      }
    }
    stream.on('data', take).on('error', fail).on('close', cutOff)
    stream.once('end', () => {
      stop()
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size))
    })
  })
}

/** Reads on for nothing: a client that still sends when the connection closes never sees why it was refused. */
async function discard(stream: Readable): Promise<void> {
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size > MAX_DISCARDED_BYTES) return
  }
}

async function inflate(raw: Buffer, decompressor: Decompressor): Promise<Buffer> {
  const limits = { maxOutputLength: MAX_BODY_BYTES, chunkSize: chunkFor(raw) }
  try {
    if (raw.byteLength <= INLINE_BYTES) return decompressor.inline(raw, limits)
    return await decompressor.inThread(raw, limits)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge()
    throw new BodyError(400, 'the body is not what its content encoding says')
  }
}

/**
 * Room for all that will come out, where that is what the end of the body says (gzip's RFC 1952, 2.3.1, ISIZE) and
 * spans can be as small as that: each further piece costs a round through a thread and a copy.
 */
function chunkFor(raw: Buffer): number {
  const told = raw.length < 4 ? 0 : raw.readUInt32LE(raw.length - 4)
  return Math.max(MIN_CHUNK_BYTES, Math.min(told + MORE_THAN_TOLD, raw.length * MAX_RATIO, MAX_BODY_BYTES))
}

function tooLarge(): BodyError {
  return new BodyError(413, `the request is larger than ${MAX_BODY_BYTES} bytes; send fewer spans at a time`)
}
