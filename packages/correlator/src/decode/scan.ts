import { hasJoinKeys, KIND_PRODUCER } from '../names/messaging.ts'
import { KEY_TRACE, KeyHash } from '../store/hash.ts'
import { bufferOf } from './attributes.ts'
import { DeclaredKeys } from './declared-keys.ts'
import { NumberList } from './growing.ts'
import { JoinKeys } from './join-keys.ts'
import { BYTES, FIXED64, VARINT, WireReader } from './wire.ts'

/** OTLP's field numbers (trace.proto), as tags. */
const REQUEST_RESOURCE_SPANS = (1 << 3) | BYTES
const RESOURCE = (1 << 3) | BYTES
const SCOPE_SPANS = (2 << 3) | BYTES
const SPANS = (2 << 3) | BYTES
const TRACE_ID = (1 << 3) | BYTES
const SPAN_ID = (2 << 3) | BYTES
const TRACE_STATE = (3 << 3) | BYTES
const PARENT_SPAN_ID = (4 << 3) | BYTES
const KIND = (6 << 3) | VARINT
const START = (7 << 3) | FIXED64
const ATTRIBUTES = (9 << 3) | BYTES
const LINKS = (13 << 3) | BYTES

/** Slots of one span in `Scan.spans`. */
export const SPAN_SLOTS = 4

/**
 * What one pass over an ExportTraceServiceRequest finds: where its spans are and which join keys they have.
 * All positions are byte offsets into the request; a span's position is that of its length.
 */
export interface Scan {
  accepted: number
  rejected: number
  /** Spans without parent and links. */
  origins: number
  /** Spans of kind PRODUCER. */
  producers: number
  /** Per span: the trace id's hash (two numbers), position, start in seconds since the epoch. */
  spans: NumberList
  /** Per join key but the trace id: its hash (two numbers), position of the span. */
  keys: NumberList
  /** Per ResourceSpans: its position, and that of the Resource in it (0 if it has none). */
  resources: NumberList
}

/**
 * Scans requests without decoding them: reads only what stitching needs and checks all bounds. One scanner
 * reuses its lists; what `scan` answers holds until the next call.
 */
export class Scanner {
  readonly #reader = new WireReader()
  readonly #hash = new KeyHash()
  readonly #links = new NumberList()
  readonly #keys: JoinKeys
  readonly #result: Scan

  constructor(declared: DeclaredKeys = new DeclaredKeys()) {
    this.#keys = new JoinKeys(declared)
    this.#result = {
      accepted: 0,
      rejected: 0,
      origins: 0,
      producers: 0,
      spans: new NumberList(),
      keys: this.#keys.found,
      resources: new NumberList(),
    }
  }

  /** @throws DecodeError when the bytes are no request; nothing of the answer holds then */
  scan(body: Uint8Array): Scan {
    const result = this.#result
    result.accepted = result.rejected = result.origins = result.producers = 0
    for (const list of [result.spans, result.keys, result.resources]) list.clear()
    const reader = this.#reader
    // One kind of array everywhere below keeps the reads of its bytes fast, and texts come out of buffers.
    reader.reset(bufferOf(body), 0, body.length)
    while (reader.position < reader.end) {
      const tag = reader.varint()
      if (tag === REQUEST_RESOURCE_SPANS) this.#within(reader, this.#resourceSpans)
      else reader.skip(tag & 7)
    }
    return result
  }

  #within(reader: WireReader, read: () => void): void {
    const end = reader.limit()
    const outer = reader.end
    reader.end = end
    read.call(this)
    reader.end = outer
  }

  readonly #resourceSpans = (): void => {
    const reader = this.#reader
    const { resources } = this.#result
    const index = resources.length
    resources.push(reader.position)
    resources.push(0)
    while (reader.position < reader.end) {
      const tag = reader.varint()
      if (tag === SCOPE_SPANS) this.#within(reader, this.#scopeSpans)
      else {
        if (tag === RESOURCE) resources.items[index + 1] = reader.position
        reader.skip(tag & 7)
      }
    }
  }

  readonly #scopeSpans = (): void => {
    const reader = this.#reader
    while (reader.position < reader.end) {
      const tag = reader.varint()
      if (tag === SPANS) this.#span()
      else reader.skip(tag & 7)
    }
  }

  #span(): void {
    const reader = this.#reader
    const keys = this.#keys
    const { bytes } = reader
    const position = reader.position
    const end = reader.limit()
    const outer = reader.end
    reader.end = end
    let traceId = -1
    let hasSpanId = false
    let hasParent = false
    let kind = 0
    let start = -1
    let stateStart = 0
    let stateEnd = 0
    keys.begin()
    this.#links.clear()
    let at = reader.position
    while (at < end) {
      let tag = bytes[at]!
      let from = at + 2
      let limit = from + bytes[at + 1]!
      if (tag >= 0x80 || (tag & 7) !== BYTES || bytes[at + 1]! >= 0x80 || !(limit <= end)) {
        reader.position = at
        tag = reader.varint()
        if ((tag & 7) !== BYTES) {
          if (tag === KIND) kind = reader.varint()
          else if (tag === START) start = reader.advance(8)
          else reader.skip(tag & 7)
          at = reader.position
          continue
        }
        limit = reader.limit()
        from = reader.position
      }
      at = limit
      if (tag === ATTRIBUTES) {
        if (kind === 0 || hasJoinKeys(kind)) keys.note(bytes, from, limit)
      } else if (tag === TRACE_ID) traceId = isId(bytes, from, limit, 16) ? from : -1
      else if (tag === SPAN_ID) hasSpanId = isId(bytes, from, limit, 8)
      else if (tag === PARENT_SPAN_ID) hasParent = isId(bytes, from, limit, 8)
      else if (tag === LINKS) {
        this.#links.push(from)
        this.#links.push(limit)
      } else if (tag === TRACE_STATE) {
        stateStart = from
        stateEnd = limit
      }
    }
    reader.position = at
    reader.end = outer
    if (traceId < 0 || !hasSpanId) {
      this.#result.rejected++
      return
    }
    this.#emitSpan(traceId, position, start < 0 ? 0 : secondsAt(bytes, start))
    if (kind === KIND_PRODUCER) this.#result.producers++
    if (stateEnd > stateStart) keys.emitFlow(bytes, stateStart, stateEnd, position)
    if (hasJoinKeys(kind)) keys.emitFacts(bytes, position)
    if (this.#links.length > 0) this.#emitLinks(position)
    else if (!hasParent) this.#result.origins++
  }

  #emitSpan(traceId: number, position: number, seconds: number): void {
    const { spans } = this.#result
    this.#hash.bytes(KEY_TRACE, this.#reader.bytes, traceId, traceId + 16)
    spans.push(this.#hash.hi)
    spans.push(this.#hash.lo)
    spans.push(position)
    spans.push(seconds)
    this.#result.accepted++
  }

  #emitLinks(position: number): void {
    const { items, length } = this.#links
    for (let index = 0; index < length; index += 2)
      this.#keys.emitLink(this.#reader.bytes, items[index]!, items[index + 1]!, position)
  }
}

/** Whether the bytes are an id: of the right length, and not all zero. */
function isId(bytes: Uint8Array, start: number, end: number, length: number): boolean {
  if (end - start !== length) return false
  for (let index = start; index < end; index++) if (bytes[index] !== 0) return true
  return false
}

/** The seconds of a fixed64 of nanoseconds, at most what 32 bits hold. */
function secondsAt(bytes: Uint8Array, position: number): number {
  const low =
    (bytes[position]! |
      (bytes[position + 1]! << 8) |
      (bytes[position + 2]! << 16) |
      (bytes[position + 3]! << 24)) >>>
    0
  const high =
    (bytes[position + 4]! |
      (bytes[position + 5]! << 8) |
      (bytes[position + 6]! << 16) |
      (bytes[position + 7]! << 24)) >>>
    0
  return Math.min(0xffffffff, Math.floor((high * 0x100000000 + low) / 1e9))
}
