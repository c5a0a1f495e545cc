import { DeclaredKeys } from '../decode/declared-keys.ts'
import { decodeSpan, type Span } from '../decode/span.ts'
import type { StepRef } from '../model.ts'
import { blocksAround, isIn, rangesOf } from '../names/coordinates.ts'
import { hasJoinKeys, nanosOf } from '../names/messaging.ts'
import {
  KEY_COORDINATE,
  KEY_COORDINATE_BLOCK,
  KEY_DECLARED,
  KEY_FLOW,
  KEY_LINKED_TRACE,
  KEY_MESSAGE_ID,
  KEY_TRACE,
  KeyHash,
} from '../store/hash.ts'
import type { Location, Store } from '../store/store.ts'
import { DecodedSpans } from './decoded-spans.ts'
import { hashKey, joinKeysOf, textOfKey } from './span-keys.ts'
import type { Spans } from './spans.ts'
import { byStart, traceOf, type Trace } from './trace.ts'

/** Which attributes are keys, and how far apart in time they still mean the same message. */
export interface KeyJoin {
  declared?: DeclaredKeys
  windowMs?: number
}

/** As much of a store as it takes to find spans and read them. */
export type SpanSource = Pick<Store, 'find' | 'read'>

/**
 * The spans of a store, read as they are asked for and remembered for as long as one question is worked on.
 * Hashes may collide, so everything found by hash is compared with the full key.
 */
export class StoredSpans implements Spans {
  readonly #store: SpanSource
  readonly #declared: DeclaredKeys
  readonly #windowNanos: bigint
  readonly #hash = new KeyHash()
  readonly #recent: DecodedSpans
  /** One question sees one object for one span, also when the recent ones have moved on. */
  readonly #decoded = new Map<number, Span>()
  readonly #traces = new Map<string, Trace>()
  readonly #linkers = new Map<string, Map<string, Span[]>>()
  readonly #found = new Map<string, Span[]>()
  readonly #keys = new Map<Span, Set<string>>()
  readonly #declaredKeys = new Map<Span, readonly string[]>()

  /** @param recent shared by questions about the same store */
  constructor(
    store: SpanSource,
    { declared = new DeclaredKeys(), windowMs = 0 }: KeyJoin = {},
    recent: DecodedSpans = new DecodedSpans(),
  ) {
    this.#store = store
    this.#recent = recent
    this.#declared = declared
    this.#windowNanos = nanosOf(windowMs)
  }

  trace(traceId: string): Trace {
    let trace = this.#traces.get(traceId)
    if (!trace) this.#traces.set(traceId, (trace = traceOf(traceId, this.reports(traceId))))
    return trace
  }

  reports(traceId: string): readonly Span[] {
    const found = this.#locate(KEY_TRACE, traceId).map((location) => this.decode(location))
    return found.filter((span) => span.traceId === traceId)
  }

  knows(traceId: string): boolean {
    const trace = this.#traces.get(traceId)
    if (trace) return trace.spans.length > 0
    return this.#locate(KEY_TRACE, traceId).some((location) => this.decode(location).traceId === traceId)
  }

  span(ref: StepRef): Span | undefined {
    return this.trace(ref.traceId).byId.get(ref.spanId)
  }

  linkersOf(traceId: string): ReadonlyMap<string, readonly Span[]> {
    let linkers = this.#linkers.get(traceId)
    if (!linkers) {
      linkers = this.#groupLinkers(traceId)
      this.#linkers.set(traceId, linkers)
    }
    return linkers
  }

  withCoordinate(coordinate: string): readonly Span[] {
    return this.#find(KEY_COORDINATE, coordinate)
  }

  withRangeOver(coordinate: string): readonly Span[] {
    const found: Span[] = []
    for (const block of blocksAround(coordinate)) found.push(...this.#find(KEY_COORDINATE_BLOCK, block))
    if (found.length === 0) return found
    return [...new Set(found)].filter((span) => isIn(rangesOf(span.facts), coordinate)).sort(byStart)
  }

  withMessageId(id: string): readonly Span[] {
    return this.#find(KEY_MESSAGE_ID, id)
  }

  sharingKey(span: Span): readonly Span[] {
    if (this.#declared.isEmpty || !hasJoinKeys(span.kind)) return []
    const keys = this.#declaredKeysOf(span)
    const found = keys.flatMap((key) => this.#near(span, this.#find(KEY_DECLARED, key)))
    return keys.length === 1 ? found : [...new Set(found)].sort(byStart)
  }

  namingFlow(flowId: string): readonly Span[] {
    return this.#find(KEY_FLOW, flowId)
  }

  decode(location: Location): Span {
    const key = location.segment * 0x100000000 + location.position
    let span = this.#decoded.get(key)
    if (!span) this.#decoded.set(key, (span = this.#recent.get(key) ?? this.#read(location, key)))
    return span
  }

  #read(location: Location, key: number): Span {
    const { bytes, position, service, sequence, source } = this.#store.read(location)
    const span = decodeSpan(bytes, position, service, sequence)
    if (source !== undefined) span.source = source
    this.#recent.set(key, span)
    return span
  }

  #declaredKeysOf(span: Span): readonly string[] {
    let keys = this.#declaredKeys.get(span)
    if (!keys) this.#declaredKeys.set(span, (keys = span.keysIn(this.#declared)))
    return keys
  }

  /** Of spans by start, the others that start near this one. */
  #near(span: Span, found: readonly Span[]): Span[] {
    const from = firstFrom(found, span.start - this.#windowNanos)
    const to = firstFrom(found, span.start + this.#windowNanos + 1n)
    return found.slice(from, to).filter((other) => other !== span)
  }

  #groupLinkers(traceId: string): Map<string, Span[]> {
    const linkers = new Map<string, Span[]>()
    for (const span of this.#find(KEY_LINKED_TRACE, traceId)) {
      const targets = new Set(
        span.links.filter((link) => link.traceId === traceId).map((link) => link.spanId),
      )
      for (const target of targets) {
        const others = linkers.get(target)
        if (others) others.push(span)
        else linkers.set(target, [span])
      }
    }
    return linkers
  }

  /** Spans with this key, each once and in the version that counts, by start. Others may share its hash. */
  #find(kind: number, key: string): Span[] {
    const memo = textOfKey({ kind, text: key })
    let found = this.#found.get(memo)
    if (!found) {
      const spans = new Set<Span>()
      for (const location of this.#locate(kind, key)) {
        const span = this.span(this.decode(location))
        if (span && this.#carries(span, kind, memo)) spans.add(span)
      }
      found = [...spans].sort(byStart)
      this.#found.set(memo, found)
    }
    return found
  }

  /** Links are compared where they are grouped: to collect the keys of a batch for that would be for nothing. */
  #carries(span: Span, kind: number, key: string): boolean {
    if (kind === KEY_LINKED_TRACE) return true
    let keys = this.#keys.get(span)
    if (!keys) this.#keys.set(span, (keys = new Set([...joinKeysOf(span, this.#declared)].map(textOfKey))))
    return keys.has(key)
  }

  #locate(kind: number, key: string): Location[] {
    hashKey(kind, key, this.#hash)
    return this.#store.find(this.#hash)
  }
}

/** Where the first span is, of some by start, that starts then or later. */
function firstFrom(spans: readonly Span[], start: bigint): number {
  let [low, high] = [0, spans.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (spans[middle]!.start < start) low = middle + 1
    else high = middle
  }
  return low
}
