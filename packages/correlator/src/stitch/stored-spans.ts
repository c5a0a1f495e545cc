import { leniently } from '../decode/attributes.ts'
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
import { carriesKey, hashKey } from './span-keys.ts'
import type { Spans } from './spans.ts'
import { byStart, traceOf, type Trace } from './trace.ts'

/** Which attributes are keys, and how far apart in time they still mean the same message. */
export interface KeyJoin {
  declared?: DeclaredKeys
  windowMs?: number
}

const NONE: readonly Span[] = []
/** A span without ids, which answers no question: where the disk has damaged one, and no checksum has told. */
const NOTHING: Uint8Array = Uint8Array.of(0)

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
  #last: Trace | undefined
  readonly #linkers = new Map<string, Map<string, Span[]>>()
  /** By the kind of key, then by key. */
  readonly #found: Map<string, readonly Span[]>[] = []
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

  /** Most questions about a trace come one after the other. */
  trace(traceId: string): Trace {
    if (this.#last?.id === traceId) return this.#last
    let trace = this.#traces.get(traceId)
    if (!trace) this.#traces.set(traceId, (trace = traceOf(traceId, this.reports(traceId))))
    return (this.#last = trace)
  }

  reports(traceId: string): readonly Span[] {
    const found: Span[] = []
    for (const location of this.#locate(KEY_TRACE, traceId)) {
      const span = this.decode(location)
      if (span.traceId === traceId) found.push(span)
    }
    return found
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
    const span =
      leniently(() => decodeSpan(bytes, position, service, sequence), undefined) ??
      decodeSpan(NOTHING, 0, service, sequence)
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
    for (const span of this.#find(KEY_LINKED_TRACE, traceId))
      for (const link of span.links) {
        if (link.traceId !== traceId) continue
        const others = linkers.get(link.spanId)
        if (!others) linkers.set(link.spanId, [span])
        else if (others.at(-1) !== span) others.push(span)
      }
    return linkers
  }

  /** Spans with this key, each once and in the version that counts, by start. Others may share its hash. */
  #find(kind: number, key: string): readonly Span[] {
    const known = (this.#found[kind] ??= new Map())
    let found = known.get(key)
    if (!found) known.set(key, (found = this.#search(kind, key)))
    return found
  }

  #search(kind: number, key: string): readonly Span[] {
    const locations = this.#locate(kind, key)
    if (locations.length === 0) return NONE
    const spans = new Set<Span>()
    for (const location of locations) {
      const span = this.span(this.decode(location))
      if (span && this.#carries(span, kind, key)) spans.add(span)
    }
    return spans.size > 1 ? [...spans].sort(byStart) : [...spans]
  }

  /** Links are compared where they are grouped: to look through a batch for that would be for nothing. */
  #carries(span: Span, kind: number, key: string): boolean {
    return kind === KEY_LINKED_TRACE || carriesKey(span, kind, key, this.#declared)
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
