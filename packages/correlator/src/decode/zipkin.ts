import { DecodeError } from '../errors.ts'
import { isObject, parseJson, type Json } from './json-values.ts'
import { WireWriter } from './writer.ts'

/** OTLP's numbers of the span kinds (trace.proto, `SpanKind`). */
const KINDS: ReadonlyMap<unknown, number> = new Map([
  ['SERVER', 2],
  ['CLIENT', 3],
  ['PRODUCER', 4],
  ['CONSUMER', 5],
])
const INTERNAL = 1
const STATUS_ERROR = 2

/** How Brave, Zipkin's own instrumentation, names destinations, and of which system they are. */
const BRAVE_DESTINATIONS: Readonly<Record<string, string>> = {
  'kafka.topic': 'kafka',
  'rabbit.queue': 'rabbitmq',
  'rabbit.exchange': 'rabbitmq',
  'jms.queue': 'jms',
  'jms.topic': 'jms',
}

/**
 * Zipkin's JSON v2 (zipkin2-api.yaml, `ListOfSpans`) to the protobuf bytes of OTLP that mean the same.
 * Zipkin has no links and no trace state, so messages are joined by parents and keys alone. Fields that it
 * doesn't have are ignored; a span without valid ids is left for the scan to reject.
 * @throws DecodeError
 */
export function zipkinToProtobuf(body: Uint8Array): Uint8Array {
  const spans = parseJson(body)
  if (!Array.isArray(spans)) throw malformed('the body is not a list')
  const writer = new WireWriter()
  for (const [service, run] of runsOfService(spans))
    writer.messageField(1, (to) => writeResourceSpans(to, service, run))
  return writer.bytes
}

/** Spans next to each other that are of one service, as Zipkin tells the service with each span. */
function runsOfService(spans: readonly unknown[]): [service: string | undefined, run: Json[]][] {
  const runs: [string | undefined, Json[]][] = []
  for (const span of spans) {
    if (!isObject(span)) throw malformed('a span is not an object')
    const service = textIn(span['localEndpoint'], 'serviceName')
    const last = runs.at(-1)
    if (last && last[0] === service) last[1].push(span)
    else runs.push([service, [span]])
  }
  return runs
}

function writeResourceSpans(writer: WireWriter, service: string | undefined, spans: readonly Json[]): void {
  if (service !== undefined) writer.messageField(1, (to) => writeAttribute(to, 1, 'service.name', service))
  writer.messageField(2, (scope) => {
    for (const span of spans) scope.messageField(2, (to) => writeSpan(to, span))
  })
}

function writeSpan(writer: WireWriter, span: Json): void {
  const traceId = hexOf(span['traceId'], 32)
  const id = hexOf(span['id'], 16)
  const parentId = hexOf(span['parentId'], 16)
  // A server that joined the caller's span reports it again; it is a step of its own below the caller's.
  const isShared = span['shared'] === true && id !== undefined
  if (traceId !== undefined) writer.bytesField(1, Buffer.from(traceId, 'hex'))
  if (id !== undefined) writer.bytesField(2, isShared ? sharedId(id) : Buffer.from(id, 'hex'))
  const parent = isShared ? id : parentId
  if (parent !== undefined) writer.bytesField(4, Buffer.from(parent, 'hex'))
  const name = span['name']
  if (typeof name === 'string') writer.textField(5, name)
  writer.varintField(6, KINDS.get(span['kind']) ?? INTERNAL)
  const start = microseconds(span, 'timestamp')
  writer.fixed64Field(7, start)
  writer.fixed64Field(8, start + microseconds(span, 'duration'))
  writeTags(writer, isObject(span['tags']) ? span['tags'] : {})
}

function writeTags(writer: WireWriter, tags: Json): void {
  for (const [key, value] of Object.entries(tags))
    if (typeof value === 'string') writeAttribute(writer, 9, key, value)
  const brave = Object.entries(BRAVE_DESTINATIONS).find(([key]) => typeof tags[key] === 'string')
  if (brave) {
    writeAttribute(writer, 9, 'messaging.system', brave[1])
    writeAttribute(writer, 9, 'messaging.destination', String(tags[brave[0]]))
  }
  if (tags['error'] !== undefined && tags['error'] !== 'false')
    writer.messageField(15, (status) => status.varintField(3, STATUS_ERROR))
}

function writeAttribute(writer: WireWriter, field: number, key: string, value: string): void {
  writer.messageField(field, (to) => {
    to.textField(1, key)
    to.messageField(2, (inner) => inner.textField(1, value))
  })
}

/** Another id, and the same one always. */
function sharedId(id: string): Uint8Array {
  return Buffer.from(id, 'hex').map((byte) => byte ^ 0x5a)
}

/** Ids may leave out leading zeros: trace ids of 64 bits are what older tracers make. */
function hexOf(value: unknown, length: number): string | undefined {
  return typeof value === 'string' && value.length <= length && /^[0-9a-fA-F]+$/.test(value)
    ? value.padStart(length, '0')
    : undefined
}

function microseconds(span: Json, key: string): bigint {
  const value = span[key]
  if (value === undefined || value === null) return 0n
  if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER)
    return BigInt(Math.round(value)) * 1000n
  throw malformed(`${key} is not a number of microseconds`)
}

function textIn(owner: unknown, key: string): string | undefined {
  const value = isObject(owner) ? owner[key] : undefined
  return typeof value === 'string' && value !== '' ? value : undefined
}

function malformed(why: string): DecodeError {
  return new DecodeError('malformed-json', `Not a list of Zipkin spans: ${why}`)
}
