import { DecodeError } from '../errors.ts'
import { isObject, parseJson, type Json } from './json-values.ts'
import { WireWriter } from './writer.ts'

/** How deep values may nest: attributes of attributes, and the nine levels that lead to them. */
const MAX_DEPTH = 64

/**
 * OTLP/JSON (otlp specification, "JSON Protobuf Encoding") to the protobuf bytes that mean the same, so that
 * everything behind knows one encoding. Fields that OTLP doesn't have are ignored.
 * @throws DecodeError
 */
export function jsonToProtobuf(body: Uint8Array): Uint8Array {
  const request = parse(body)
  const writer = new WireWriter()
  eachObject(request, 'resourceSpans', (resourceSpans) =>
    writer.messageField(1, (to) => writeResourceSpans(to, resourceSpans)),
  )
  return writer.bytes
}

function parse(body: Uint8Array): Json {
  const value = parseJson(body)
  if (!isObject(value)) throw malformed('the body', 'an object')
  return value
}

function writeResourceSpans(writer: WireWriter, resourceSpans: Json): void {
  const { resource } = resourceSpans
  if (isObject(resource)) writer.messageField(1, (to) => writeAttributes(to, 1, resource, 3))
  eachObject(resourceSpans, 'scopeSpans', (scopeSpans) =>
    writer.messageField(2, (to) =>
      eachObject(scopeSpans, 'spans', (span) => to.messageField(2, (inner) => writeSpan(inner, span))),
    ),
  )
}

function writeSpan(writer: WireWriter, span: Json): void {
  writeIds(writer, span)
  writeId(writer, 4, span, 'parentSpanId')
  if (typeof span['name'] === 'string') writer.textField(5, span['name'])
  writer.varintField(6, kindOf(span['kind']))
  writer.fixed64Field(7, integer(span, 'startTimeUnixNano'))
  writer.fixed64Field(8, integer(span, 'endTimeUnixNano'))
  writeAttributes(writer, 9, span, 5)
  eachObject(span, 'links', (link) => writer.messageField(13, (to) => writeLink(to, link)))
  const { status } = span
  if (isObject(status)) writer.messageField(15, (to) => to.varintField(3, statusOf(status['code'])))
}

function writeLink(writer: WireWriter, link: Json): void {
  writeIds(writer, link)
  writeAttributes(writer, 4, link, 6)
}

function writeIds(writer: WireWriter, owner: Json): void {
  writeId(writer, 1, owner, 'traceId')
  writeId(writer, 2, owner, 'spanId')
  if (typeof owner['traceState'] === 'string') writer.textField(3, owner['traceState'])
}

function writeId(writer: WireWriter, field: number, owner: Json, key: string): void {
  const value = owner[key]
  if (value === undefined || value === null || value === '') return
  if (typeof value !== 'string' || !/^[0-9a-fA-F]*$/.test(value)) throw malformed(key, 'hexadecimal digits')
  writer.bytesField(field, Buffer.from(value, 'hex'))
}

function writeAttributes(writer: WireWriter, field: number, owner: Json, depth: number): void {
  eachObject(owner, 'attributes', (attribute) =>
    writer.messageField(field, (to) => writeKeyValue(to, attribute, depth)),
  )
}

function writeKeyValue(writer: WireWriter, { key, value }: Json, depth: number): void {
  if (typeof key === 'string') writer.textField(1, key)
  if (isObject(value)) writer.messageField(2, (to) => writeValue(to, value, depth + 1))
}

function writeValue(writer: WireWriter, value: Json, depth: number): void {
  if (depth > MAX_DEPTH)
    throw new DecodeError('too-deep', `An attribute nests more than ${MAX_DEPTH} levels deep`)
  if (typeof value['stringValue'] === 'string') writer.textField(1, value['stringValue'])
  else if (typeof value['boolValue'] === 'boolean') writer.varintField(2, value['boolValue'] ? 1 : 0)
  else if (value['intValue'] !== undefined) writer.varintField(3, integer(value, 'intValue'))
  else if (value['doubleValue'] !== undefined) writer.doubleField(4, Number(value['doubleValue']))
  else if (isObject(value['arrayValue'])) writeList(writer, value['arrayValue'], depth)
  else if (isObject(value['kvlistValue'])) writeMap(writer, value['kvlistValue'], depth)
}

function writeList(writer: WireWriter, list: Json, depth: number): void {
  writer.messageField(5, (to) =>
    eachObject(list, 'values', (item) => to.messageField(1, (inner) => writeValue(inner, item, depth + 1))),
  )
}

function writeMap(writer: WireWriter, map: Json, depth: number): void {
  writer.messageField(6, (to) =>
    eachObject(map, 'values', (item) => to.messageField(1, (inner) => writeKeyValue(inner, item, depth + 1))),
  )
}

function eachObject(owner: Json, key: string, each: (item: Json) => void): void {
  const list = owner[key]
  if (list === undefined || list === null) return
  if (!Array.isArray(list)) throw malformed(key, 'a list')
  for (const item of list as unknown[]) {
    if (!isObject(item)) throw malformed(`an item of ${key}`, 'an object')
    each(item)
  }
}

/** A 64-bit integer, which JSON has as text or, where it is small, as a number. */
function integer(owner: Json, key: string): bigint {
  const value = owner[key]
  if (value === undefined || value === null) return 0n
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return BigInt(value)
  throw malformed(key, 'a 64-bit integer')
}

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']
const STATUSES = ['UNSET', 'OK', 'ERROR']

/** The specification asks for numbers; some exporters write the names. */
function kindOf(value: unknown): number {
  return typeof value === 'string' ? enumOf(KINDS, value.replace('SPAN_KIND_', '')) : numberOf(value)
}

function statusOf(value: unknown): number {
  return typeof value === 'string' ? enumOf(STATUSES, value.replace('STATUS_CODE_', '')) : numberOf(value)
}

function enumOf(names: readonly string[], name: string): number {
  return Math.max(0, names.indexOf(name))
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 128 ? value : 0
}

function malformed(what: string, expected: string): DecodeError {
  return new DecodeError('malformed-json', `Not an OTLP trace request: ${what} is not ${expected}`)
}
