import type { DeclaredKeys } from '../decode/declared-keys.ts'
import type { Span } from '../decode/span.ts'
import { blocksOf, rangesOf } from '../names/coordinates.ts'
import { coordinateOf, hasJoinKeys, textOf, type Facts } from '../names/messaging.ts'
import {
  KEY_COORDINATE,
  KEY_COORDINATE_BLOCK,
  KEY_DECLARED,
  KEY_FLOW,
  KEY_LINKED_TRACE,
  KEY_MESSAGE_ID,
  KEY_TRACE,
  type KeyHash,
} from '../store/hash.ts'

/** What a span can be found by, apart from its own trace, before it is hashed. */
export interface JoinKey {
  kind: number
  text: string
}

/** All join keys of a span. A `Scan` has the hashes of the same ones, found without decoding anything. */
export function* joinKeysOf(span: Span, declared: DeclaredKeys): Generator<JoinKey> {
  if (span.flow) yield { kind: KEY_FLOW, text: span.flow.flowId }
  if (hasJoinKeys(span.kind)) {
    yield* keysIn(span.facts)
    for (const text of span.keysIn(declared)) yield { kind: KEY_DECLARED, text }
  }
  for (const { traceId, flow, facts } of span.links) {
    if (traceId.length === 32) yield { kind: KEY_LINKED_TRACE, text: traceId }
    if (flow) yield { kind: KEY_FLOW, text: flow.flowId }
    yield* keysIn(facts)
  }
}

function* keysIn(facts: Facts): Generator<JoinKey> {
  const coordinate = coordinateOf(facts)
  if (coordinate !== undefined) yield { kind: KEY_COORDINATE, text: coordinate }
  for (const range of rangesOf(facts))
    for (const text of blocksOf(range)) yield { kind: KEY_COORDINATE_BLOCK, text }
  const original = textOf(facts.original)
  if (original !== undefined) yield { kind: KEY_COORDINATE, text: original }
  const id = textOf(facts.messageId)
  if (id !== undefined) yield { kind: KEY_MESSAGE_ID, text: id }
}

/** Spans with more links than this are asked for one of their keys again and again: a set of all pays then. */
const FEW = 16
const sets = new WeakMap<Span, ReadonlySet<string>>()

/** Whether the text is one of the span's keys of this kind. */
export function carriesKey(span: Span, kind: number, text: string, declared: DeclaredKeys): boolean {
  if (span.links.length > FEW || span.facts.coordinates)
    return setOf(span, declared).has(textOfKey({ kind, text }))
  if (kind === KEY_DECLARED) return hasJoinKeys(span.kind) && span.keysIn(declared).includes(text)
  if (kind === KEY_FLOW && span.flow?.flowId === text) return true
  if (hasJoinKeys(span.kind) && isKeyOf(span.facts, kind, text)) return true
  return span.links.some(({ flow, facts }) =>
    kind === KEY_FLOW ? flow?.flowId === text : isKeyOf(facts, kind, text),
  )
}

function isKeyOf(facts: Facts, kind: number, text: string): boolean {
  if (kind === KEY_MESSAGE_ID) return textOf(facts.messageId) === text
  if (kind === KEY_COORDINATE) return coordinateOf(facts) === text || textOf(facts.original) === text
  return kind === KEY_COORDINATE_BLOCK && rangesOf(facts).some((range) => [...blocksOf(range)].includes(text))
}

function setOf(span: Span, declared: DeclaredKeys): ReadonlySet<string> {
  let keys = sets.get(span)
  if (!keys) sets.set(span, (keys = new Set([...joinKeysOf(span, declared)].map(textOfKey))))
  return keys
}

export function textOfKey({ kind, text }: JoinKey): string {
  return `${kind} ${text}`
}

/** Leaves the key's hash in `hash`. Trace ids are hashed as bytes, as that is how requests have them. */
export function hashKey(kind: number, text: string, hash: KeyHash): void {
  if (kind === KEY_TRACE || kind === KEY_LINKED_TRACE) hash.hex(kind, text)
  else hash.text(kind, text)
}
