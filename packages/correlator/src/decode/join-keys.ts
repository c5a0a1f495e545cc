import { blocksOf, rangesOf } from '../names/coordinates.ts'
import { joinSlotOf, mayAnchor, mayJoin } from '../names/join-names.ts'
import { coordinateOf, textOf, type Facts } from '../names/messaging.ts'
import {
  KEY_COORDINATE,
  KEY_COORDINATE_BLOCK,
  KEY_DECLARED,
  KEY_FLOW,
  KEY_LINKED_TRACE,
  KEY_MESSAGE_ID,
  KeyHash,
} from '../store/hash.ts'
import { leniently, readFacts } from './attributes.ts'
import { writeCoordinate } from './coordinate-bytes.ts'
import type { DeclaredKeys } from './declared-keys.ts'
import { NumberList } from './growing.ts'
import { JoinValues } from './join-values.ts'
import { flowIdIn } from './trace-state.ts'
import { BYTES, WireReader } from './wire.ts'

/** OTLP's field numbers (trace.proto, `Span.Link`; common.proto, `KeyValue`), as tags. */
const LINK_TRACE_ID = (1 << 3) | BYTES
const LINK_TRACE_STATE = (3 << 3) | BYTES
const LINK_ATTRIBUTES = (4 << 3) | BYTES
const KEY = (1 << 3) | BYTES

const MESSAGE_ID = joinSlotOf('messageId')
const COORDINATES = joinSlotOf('coordinates')
const ORIGINAL = joinSlotOf('original')
/** Longer coordinates and ids are made as strings. */
const LONGEST = 512

/** Slots of one join key in `JoinKeys.found`. */
export const KEY_SLOTS = 3

/** Collects the join keys of spans, but for the trace id. Positions are byte offsets into the request. */
export class JoinKeys {
  /** Per join key: its hash (two numbers), position of the span. */
  readonly found: NumberList = new NumberList()
  readonly #declared: DeclaredKeys
  readonly #reader = new WireReader()
  readonly #hash = new KeyHash()
  readonly #values = new JoinValues()
  readonly #scratch = new Uint8Array(LONGEST)
  /** Attributes that may be part of a key: where each starts and ends. */
  readonly #attributes = new NumberList()
  /** Whether one of them is such that a key can come of them. */
  #anchored = false
  #mayDeclare = false

  constructor(declared: DeclaredKeys) {
    this.#declared = declared
  }

  /** Forgets the attributes of the span or link before. */
  begin(): void {
    this.#attributes.clear()
    this.#anchored = false
    this.#mayDeclare = false
  }

  /** Notes an attribute that may be part of a key: its name comes first, unless somebody orders fields anew. */
  note(bytes: Uint8Array, start: number, end: number): void {
    const length = bytes[start + 1]!
    if (bytes[start] === KEY && length < 0x80) {
      const last = bytes[start + 1 + length]!
      const mayDeclare = this.#declared.mayBe(bytes[start + 2]!)
      if (!mayDeclare && !mayJoin(length, last)) return
      this.#mayDeclare ||= mayDeclare
      this.#anchored ||= mayAnchor(length, last)
    } else this.#anchored = this.#mayDeclare = true
    this.#attributes.push(start)
    this.#attributes.push(end)
  }

  /** Emits what the attributes noted since `begin` make. */
  emitFacts(bytes: Uint8Array, span: number): void {
    if (this.#attributes.length === 0) return
    this.#reader.reset(bytes, 0, 0)
    if (this.#mayDeclare && !this.#declared.isEmpty) this.#emitDeclared(span)
    if (this.#anchored) leniently(() => this.#emitJoins(bytes, span), undefined)
  }

  /** Emits what a link says, which is checked here for the first time. */
  emitLink(bytes: Uint8Array, start: number, end: number, span: number): void {
    const reader = this.#reader
    reader.reset(bytes, start, end)
    this.begin()
    while (reader.position < end) {
      const tag = reader.varint()
      if (tag !== LINK_TRACE_ID && tag !== LINK_ATTRIBUTES && tag !== LINK_TRACE_STATE) {
        reader.skip(tag & 7)
        continue
      }
      const limit = reader.limit()
      const { position } = reader
      reader.position = limit
      if (tag === LINK_ATTRIBUTES) this.note(bytes, position, limit)
      else if (tag === LINK_TRACE_STATE) this.emitFlow(bytes, position, limit, span)
      else if (limit - position === 16) this.#emitBytes(KEY_LINKED_TRACE, bytes, position, limit, span)
    }
    this.emitFacts(bytes, span)
  }

  /** Emits the flow that a `tracestate` names. */
  emitFlow(bytes: Uint8Array, start: number, end: number, span: number): void {
    this.#emitText(KEY_FLOW, flowIdIn(bytes, start, end), span)
  }

  #emitDeclared(span: number): void {
    const { items, length } = this.#attributes
    const keys = leniently(() => this.#declared.in(this.#reader, items, length / 2), [])
    for (const key of keys) this.#emitText(KEY_DECLARED, key, span)
  }

  #emitJoins(bytes: Uint8Array, span: number): void {
    const scratch = this.#scratch
    const values = this.#values
    values.read(bytes, this.#attributes.items, this.#attributes.length / 2)
    const length = writeCoordinate(values, scratch)
    if (length < 0) this.#emitText(KEY_COORDINATE, coordinateOf(this.#facts()), span)
    else if (length > 0) this.#emitBytes(KEY_COORDINATE, scratch, 0, length, span)
    if (values.has(COORDINATES)) this.#emitBlocks(span)
    if (values.has(ORIGINAL)) this.#emitValue(KEY_COORDINATE, ORIGINAL, 'original', span)
    if (values.has(MESSAGE_ID)) this.#emitValue(KEY_MESSAGE_ID, MESSAGE_ID, 'messageId', span)
  }

  #emitValue(kind: number, slot: number, concept: 'original' | 'messageId', span: number): void {
    const length = this.#values.write(slot, this.#scratch, 0)
    if (length < 0) this.#emitText(kind, textOf(this.#facts()[concept]), span)
    else this.#emitBytes(kind, this.#scratch, 0, length, span)
  }

  #emitBlocks(span: number): void {
    for (const range of rangesOf(this.#facts()))
      for (const block of blocksOf(range)) this.#emitText(KEY_COORDINATE_BLOCK, block, span)
  }

  #facts(): Facts {
    return readFacts(this.#reader, this.#attributes.items, this.#attributes.length / 2)
  }

  #emitText(kind: number, text: string | undefined, span: number): void {
    if (text === undefined) return
    this.#hash.text(kind, text)
    this.#emit(span)
  }

  #emitBytes(kind: number, bytes: Uint8Array, start: number, end: number, span: number): void {
    this.#hash.bytes(kind, bytes, start, end)
    this.#emit(span)
  }

  #emit(span: number): void {
    this.found.push(this.#hash.hi)
    this.found.push(this.#hash.lo)
    this.found.push(span)
  }
}
