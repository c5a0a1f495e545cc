import {
  FLOWSTITCH_MESSAGE_COORDINATE,
  FLOWSTITCH_MESSAGE_COORDINATES,
  MESSAGING_MESSAGE_ID,
} from '@flowstitch/core/semconv'
import type { DeclaredKeys } from '../decode/declared-keys.ts'
import { decodeSpan, type Span } from '../decode/span.ts'
import { SPAN_SLOTS, type Scan } from '../decode/scan.ts'
import { tracestateOf } from '../decode/trace-state.ts'
import { WireWriter } from '../decode/writer.ts'
import { rangeWithin } from '../names/coordinates.ts'
import { KIND_CONSUMER } from '../names/messaging.ts'
import { joinKeysOf, textOfKey, type JoinKey } from '../stitch/span-keys.ts'
import {
  KEY_COORDINATE,
  KEY_COORDINATE_BLOCK,
  KEY_DECLARED,
  KEY_FLOW,
  KEY_LINKED_TRACE,
  KEY_MESSAGE_ID,
} from '../store/hash.ts'

/**
 * The half-edges of a request's spans: a span for each join key of each span, cut down to its ids, its start
 * and that key. As they are spans themselves, they need no format, no decoder and no store of their own; and
 * like spans they may come twice and in any order.
 * @param scan of this body
 */
export function halfEdgesOf(body: Uint8Array, { spans }: Scan, declared: DeclaredKeys): Uint8Array {
  const scope = new WireWriter()
  for (let at = 0; at < spans.length; at += SPAN_SLOTS) {
    const span = decodeSpan(body, spans.items[at + 2]!, '', 0)
    const keys = new Map<string, JoinKey>()
    for (const key of joinKeysOf(span, declared)) keys.set(textOfKey(key), key)
    for (const key of keys.values()) scope.messageField(2, (to) => writeHalfEdge(to, span, key, declared))
  }
  const request = new WireWriter()
  request.messageField(1, (to) => to.bytesField(2, scope.bytes))
  return request.bytes
}

function writeHalfEdge(to: WireWriter, span: Span, { kind, text }: JoinKey, declared: DeclaredKeys): void {
  to.bytesField(1, Buffer.from(span.traceId, 'hex'))
  to.bytesField(2, Buffer.from(span.spanId, 'hex'))
  to.varintField(6, KIND_CONSUMER)
  to.fixed64Field(7, span.start)
  WRITERS[kind]!(to, text, declared)
}

/** How each kind of key is written, so that a scan finds it again. */
const WRITERS: Readonly<Record<number, (to: WireWriter, text: string, declared: DeclaredKeys) => void>> = {
  [KEY_LINKED_TRACE]: (to, text) =>
    to.messageField(13, (link) => link.bytesField(1, Buffer.from(text, 'hex'))),
  [KEY_FLOW]: (to, text) => to.textField(3, tracestateOf(text)),
  [KEY_COORDINATE]: (to, text) => writeAttribute(to, FLOWSTITCH_MESSAGE_COORDINATE, text),
  [KEY_COORDINATE_BLOCK]: (to, text) => writeAttribute(to, FLOWSTITCH_MESSAGE_COORDINATES, rangeWithin(text)),
  [KEY_MESSAGE_ID]: (to, text) => writeAttribute(to, MESSAGING_MESSAGE_ID, text),
  [KEY_DECLARED]: (to, text, declared) => writeAttribute(to, ...declared.partsOf(text)),
}

function writeAttribute(to: WireWriter, key: string, value: string): void {
  to.messageField(9, (attribute) => {
    attribute.textField(1, key)
    attribute.messageField(2, (any) => any.textField(1, value))
  })
}
