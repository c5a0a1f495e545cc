import { coordinateOf, hasJoinKeys, KIND_PRODUCER, textOf } from '../names/messaging.ts'
import { mayJoin } from '../names/lookup.ts'
import {
  KEY_COORDINATE,
  KEY_DECLARED,
  KEY_FLOW,
  KEY_LINKED_TRACE,
  KEY_MESSAGE_ID,
  KEY_TRACE,
  KeyHash,
} from '../store/hash.ts'
import { leniently, readFacts } from './attributes.ts'
import { DeclaredKeys } from './declared-keys.ts'
import { NumberList } from './growing.ts'
import { flowIdIn } from './trace-state.ts'
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
const KEY = (1 << 3) | BYTES
const LINK_ATTRIBUTES = (4 << 3) | BYTES

/** Slots of one span in `Scan.spans`. */
export const SPAN_SLOTS = 4
/** Slots of one join key in `Scan.keys`. */
export const KEY_SLOTS = 3

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
  readonly #declared: DeclaredKeys
  readonly #reader = new WireReader()
  readonly #facts = new WireReader()
  readonly #hash = new KeyHash()
  readonly #attributes = new NumberList()
  readonly #linkAttributes = new NumberList()
  readonly #links = new NumberList()
  readonly #result: Scan = {
    accepted: 0,
    rejected: 0,
    origins: 0,
    producers: 0,
    spans: new NumberList(),
    keys: new NumberList(),
    resources: new NumberList(),
  }

  constructor(declared: DeclaredKeys = new DeclaredKeys()) {
    this.#declared = declared
  }

  /** @throws DecodeError when the bytes are no request; nothing of the answer holds then */
  scan(body: Uint8Array): Scan {
    const result = this.#result
    result.accepted = result.rejected = result.origins = result.producers = 0
    for (const list of [result.spans, result.keys, result.resources]) list.clear()
    const reader = this.#reader
    reader.reset(body, 0, body.length)
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
    const position = reader.position
    const end = reader.limit()
    const outer = reader.end
    reader.end = end
    let traceId = -1
    let validIds = 0
    let kind = 0
    let seconds = 0
    let hasParent = false
    let stateStart = 0
    let stateEnd = 0
    this.#attributes.clear()
    this.#links.clear()
    while (reader.position < end) {
      const tag = reader.varint()
      if (tag === ATTRIBUTES) this.#attribute()
      else if (tag === TRACE_ID) {
        if (this.#id(16)) validIds |= 1
        traceId = reader.position - 16
      } else if (tag === SPAN_ID) {
        if (this.#id(8)) validIds |= 2
      } else if (tag === KIND) kind = reader.varint()
      else if (tag === START) seconds = secondsAt(reader.bytes, reader.advance(8))
      else if (tag === PARENT_SPAN_ID) hasParent = this.#id(8)
      else if (tag === LINKS) this.#range(this.#links)
      else if (tag === TRACE_STATE) {
        stateEnd = reader.limit()
        stateStart = reader.position
        reader.position = stateEnd
      } else reader.skip(tag & 7)
    }
    reader.end = outer
    if (validIds !== 3) {
      this.#result.rejected++
      return
    }
    this.#emitSpan(traceId, position, seconds)
    if (kind === KIND_PRODUCER) this.#result.producers++
    if (this.#links.length > 0) this.#emitLinks(position)
    else if (!hasParent) this.#result.origins++
    if (stateEnd > stateStart) this.#emitFlow(stateStart, stateEnd, position)
    if (this.#attributes.length > 0 && hasJoinKeys(kind)) this.#emitFacts(this.#attributes, position)
  }

  /** Reads over an id; answers whether it is one: the right length, and not all zero. */
  #id(length: number): boolean {
    const reader = this.#reader
    const end = reader.limit()
    const { bytes, position } = reader
    reader.position = end
    if (end - position !== length) return false
    for (let index = position; index < end; index++) if (bytes[index] !== 0) return true
    return false
  }

  /** Notes an attribute that may be part of a join key: its key comes first, unless somebody orders fields anew. */
  #attribute(): void {
    const reader = this.#reader
    const end = reader.limit()
    const { bytes, position } = reader
    const initial = bytes[position + 2]!
    if (bytes[position] !== KEY || mayJoin(initial) || this.#declared.mayBe(initial)) {
      this.#attributes.push(position)
      this.#attributes.push(end)
    }
    reader.position = end
  }

  #range(list: NumberList): void {
    const reader = this.#reader
    const end = reader.limit()
    list.push(reader.position)
    list.push(end)
    reader.position = end
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

  #emitKey(position: number): void {
    const { keys } = this.#result
    keys.push(this.#hash.hi)
    keys.push(this.#hash.lo)
    keys.push(position)
  }

  #emitLinks(position: number): void {
    for (let index = 0; index < this.#links.length; index += 2)
      this.#emitLink(this.#links.items[index]!, this.#links.items[index + 1]!, position)
  }

  #emitLink(start: number, end: number, position: number): void {
    const reader = this.#facts
    reader.reset(this.#reader.bytes, start, end)
    this.#linkAttributes.clear()
    while (reader.position < end) {
      const tag = reader.varint()
      if (tag === LINK_ATTRIBUTES) {
        const limit = reader.limit()
        this.#linkAttributes.push(reader.position)
        this.#linkAttributes.push(limit)
        reader.position = limit
      } else if (tag === TRACE_ID || tag === TRACE_STATE) {
        const limit = reader.limit()
        if (tag === TRACE_STATE) this.#emitFlow(reader.position, limit, position)
        else if (limit - reader.position === 16) this.#emitLinkedTrace(reader.position, position)
        reader.position = limit
      } else reader.skip(tag & 7)
    }
    if (this.#linkAttributes.length > 0) this.#emitFacts(this.#linkAttributes, position)
  }

  #emitLinkedTrace(start: number, position: number): void {
    this.#hash.bytes(KEY_LINKED_TRACE, this.#reader.bytes, start, start + 16)
    this.#emitKey(position)
  }

  #emitFlow(start: number, end: number, position: number): void {
    const flowId = flowIdIn(this.#reader.bytes, start, end)
    if (flowId === undefined) return
    this.#hash.text(KEY_FLOW, flowId)
    this.#emitKey(position)
  }

  #emitFacts(attributes: NumberList, position: number): void {
    const reader = this.#facts
    reader.reset(this.#reader.bytes, 0, 0)
    const facts = leniently(() => readFacts(reader, attributes.items, attributes.length / 2), {})
    if (!this.#declared.isEmpty) this.#emitDeclared(reader, attributes, position)
    const coordinate = coordinateOf(facts)
    if (coordinate !== undefined) {
      this.#hash.text(KEY_COORDINATE, coordinate)
      this.#emitKey(position)
    }
    const id = textOf(facts.messageId)
    if (id === undefined) return
    this.#hash.text(KEY_MESSAGE_ID, id)
    this.#emitKey(position)
  }

  #emitDeclared(reader: WireReader, attributes: NumberList, position: number): void {
    for (const key of leniently(
      () => this.#declared.in(reader, attributes.items, attributes.length / 2),
      [],
    )) {
      this.#hash.text(KEY_DECLARED, key)
      this.#emitKey(position)
    }
  }
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
