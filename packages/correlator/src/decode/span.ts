import type { Operation } from '../model.ts'
import { coordinateOf, operationOf, type Facts } from '../names/messaging.ts'
import { bufferOf, leniently, readFacts, readText, readTime } from './attributes.ts'
import type { DeclaredKeys } from './declared-keys.ts'
import { flowContextOf, isSampled, type FlowContext } from './trace-state.ts'
import { BYTES, FIXED64, VARINT, WireReader } from './wire.ts'

/** A link of a span to the creation context of a message, or to anything else that caused it. */
export interface SpanLink {
  traceId: string
  spanId: string
  flow?: FlowContext
  facts: Facts
}

/** A span as the stitching rules see it. Ids are lower-case hex, times nanoseconds since the epoch. */
export interface Span {
  traceId: string
  spanId: string
  parentSpanId?: string
  service: string
  name: string
  kind: number
  start: bigint
  end: bigint
  status: 'unset' | 'ok' | 'error'
  flow?: FlowContext
  /** Only some spans like this one are recorded, it says. */
  sampled?: boolean
  readonly facts: Facts
  /** What it did with messages, if that is what it did. */
  readonly operation: Operation | undefined
  /** Where the broker put its message. */
  readonly coordinate: string | undefined
  links: SpanLink[]
  /** When it came: grows with each span that the store took. */
  sequence: number
  /** When the first report of it came, in the same numbers. */
  arrived: number
  /** Which store it comes from, where there are several: each counts its sequence for itself. */
  source?: number
  /** `name=value` of each declared key that it carries. */
  keysIn(declared: DeclaredKeys): readonly string[]
}

const EMPTY: Facts = Object.freeze({})

/**
 * Decodes one span of a request that was scanned before.
 * @param position of the span's length
 */
export function decodeSpan(body: Uint8Array, position: number, service: string, sequence: number): Span {
  const reader = new WireReader()
  reader.reset(body, position, body.length)
  reader.end = reader.limit()
  const span = new DecodedSpan(body, service, sequence)
  while (reader.position < reader.end) readSpanField(reader, span)
  if (span.end < span.start) span.end = span.start
  return span
}

/** Leaves the attributes as they are until somebody looks: most spans of a large batch are only passed by. */
class DecodedSpan implements Span {
  traceId = ''
  spanId = ''
  declare parentSpanId?: string
  readonly service: string
  name = ''
  kind = 0
  start = 0n
  end = 0n
  status: Span['status'] = 'unset'
  declare flow?: FlowContext
  declare sampled?: boolean
  links: SpanLink[] = []
  sequence: number
  arrived: number
  declare source?: number
  readonly attributes: number[] = []
  readonly #body: Uint8Array
  #facts: Facts | undefined
  /** `null` until somebody asks. */
  #operation: Operation | null | undefined = null
  #coordinate: string | null | undefined = null

  constructor(body: Uint8Array, service: string, sequence: number) {
    this.#body = body
    this.service = service
    this.sequence = sequence
    this.arrived = sequence
  }

  get facts(): Facts {
    return (this.#facts ??= factsAt(this.#body, this.attributes))
  }

  get operation(): Operation | undefined {
    if (this.#operation === null) this.#operation = operationOf(this.facts, this.kind)
    return this.#operation
  }

  get coordinate(): string | undefined {
    if (this.#coordinate === null) this.#coordinate = coordinateOf(this.facts)
    return this.#coordinate
  }

  keysIn(declared: DeclaredKeys): readonly string[] {
    if (declared.isEmpty || this.attributes.length === 0) return []
    const reader = new WireReader()
    reader.reset(this.#body, 0, 0)
    return leniently(() => declared.in(reader, this.attributes, this.attributes.length / 2), [])
  }
}

function readSpanField(reader: WireReader, span: DecodedSpan): void {
  const tag = reader.varint()
  const field = tag >>> 3
  if (tag === ((9 << 3) | BYTES)) readRange(reader, span.attributes)
  else if (tag === ((13 << 3) | BYTES)) readNested(reader, () => span.links.push(readLink(reader)))
  else if (tag === ((15 << 3) | BYTES))
    readNested(reader, () => (span.status = leniently(() => readStatus(reader), 'unset')))
  else if (tag === ((6 << 3) | VARINT)) span.kind = reader.varint()
  else if (tag === ((7 << 3) | FIXED64)) span.start = readTime(reader)
  else if (tag === ((8 << 3) | FIXED64)) span.end = readTime(reader)
  else if ((tag & 7) !== BYTES || field > 5) reader.skip(tag & 7)
  else if (field === 1) span.traceId = readHex(reader)
  else if (field === 2) span.spanId = readHex(reader)
  else if (field === 3) setState(span, readText(reader))
  else if (field === 4) setParent(span, readHex(reader))
  else span.name = readText(reader)
}

function setState(span: Span, traceState: string): void {
  setFlow(span, traceState)
  if (isSampled(traceState)) span.sampled = true
}

function setFlow(target: { flow?: FlowContext }, traceState: string): void {
  const flow = flowContextOf(traceState)
  if (flow) target.flow = flow
}

function setParent(span: Span, parent: string): void {
  if (parent.length === 16 && parent !== '0000000000000000') span.parentSpanId = parent
}

function readLink(reader: WireReader): SpanLink {
  const link: SpanLink = { traceId: '', spanId: '', facts: EMPTY }
  const attributes: number[] = []
  while (reader.position < reader.end) {
    const tag = reader.varint()
    if (tag === ((1 << 3) | BYTES)) link.traceId = readHex(reader)
    else if (tag === ((2 << 3) | BYTES)) link.spanId = readHex(reader)
    else if (tag === ((3 << 3) | BYTES)) setFlow(link, readText(reader))
    else if (tag === ((4 << 3) | BYTES)) readRange(reader, attributes)
    else reader.skip(tag & 7)
  }
  link.facts = factsAt(reader.bytes, attributes)
  return link
}

/** `Status.StatusCode` of trace.proto. */
function readStatus(reader: WireReader): Span['status'] {
  let code = 0
  while (reader.position < reader.end) {
    const tag = reader.varint()
    if (tag === ((3 << 3) | VARINT)) code = reader.varint()
    else reader.skip(tag & 7)
  }
  if (code === 2) return 'error'
  return code === 1 ? 'ok' : 'unset'
}

/** `service.name` of a Resource (resource.proto). */
export function decodeService(body: Uint8Array, position: number): string {
  const unknown = 'unknown_service'
  return leniently(() => {
    const reader = new WireReader()
    reader.reset(body, position, body.length)
    reader.end = reader.limit()
    const attributes: number[] = []
    while (reader.position < reader.end) {
      const tag = reader.varint()
      if (tag === ((1 << 3) | BYTES)) readRange(reader, attributes)
      else reader.skip(tag & 7)
    }
    return String(factsAt(reader.bytes, attributes).serviceName ?? unknown)
  }, unknown)
}

function factsAt(bytes: Uint8Array, attributes: number[]): Facts {
  if (attributes.length === 0) return EMPTY
  const reader = new WireReader()
  reader.reset(bytes, 0, 0)
  return leniently(() => readFacts(reader, attributes, attributes.length / 2), EMPTY)
}

function readNested(reader: WireReader, read: () => void): void {
  const end = reader.limit()
  const outer = reader.end
  reader.end = end
  read()
  reader.position = end
  reader.end = outer
}

function readRange(reader: WireReader, into: number[]): void {
  const end = reader.limit()
  into.push(reader.position, end)
  reader.position = end
}

function readHex(reader: WireReader): string {
  const end = reader.limit()
  const start = reader.position
  reader.position = end
  return bufferOf(reader.bytes).toString('hex', start, end)
}
