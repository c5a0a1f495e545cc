import { namedFlows, type FlowDigest } from '../flow/flow.ts'
import { isOrigin } from '../stitch/causes.ts'
import type { FlowPage, FlowQuery } from '../engine.ts'
import type { FlowSummary } from '../model.ts'
import type { StoredSpans } from '../stitch/stored-spans.ts'
import type { Store } from '../store/store.ts'

/** What a list needs of the engine. */
export interface ListSource {
  store: Store
  spans: StoredSpans
  digest(flowId: string): FlowDigest | undefined
}

/** A place in the list: flows are ordered by start, newest first, then by id. */
interface Place {
  start: bigint
  id: string
}

const SECOND = 1_000_000_000n
const LATEST = 0xffffffff

/** Walks the traces newest first until the page is full or the time is up; the cursor says where to go on. */
export function listFlows(query: FlowQuery, source: ListSource, deadline: number): FlowPage {
  const after = query.cursor === undefined ? undefined : parseCursor(query.cursor)
  const flows: FlowSummary[] = []
  for (const place of placesAfter(after, query, source)) {
    const digest = source.digest(place.id)
    if (digest && matches(digest, query)) flows.push(digest.summary)
    if (flows.length >= query.limit || performance.now() > deadline)
      return { flows, cursor: formatCursor(place) }
  }
  return { flows }
}

function* placesAfter(after: Place | undefined, query: FlowQuery, source: ListSource): Generator<Place> {
  const since = query.since === undefined ? 0 : secondsOf(query.since)
  const until = Math.min(
    query.until === undefined ? LATEST : secondsOf(query.until),
    after ? secondsOf(after.start) : LATEST,
  )
  for (const second of source.store.seconds(since, until))
    for (const place of placesIn(second, source)) if (!after || compare(after, place) < 0) yield place
}

/**
 * The flows that start in a second, in order. When a trace starts is known only once it is put together, but
 * not later than each of its spans; so the latest bound is looked at first, and put back if it was too late.
 */
function* placesIn(second: number, { store, spans }: ListSource): Generator<Place> {
  const bounds = new Map<string, Place>()
  for (const entry of store.tracesIn(second)) {
    const { traceId, start } = spans.decode(entry)
    if (start < (bounds.get(traceId)?.start ?? start + 1n)) bounds.set(traceId, { start, id: traceId })
  }
  const open = [...bounds.values()].sort(compare).toReversed()
  const exact: Place[] = []
  while (open.length > 0 || exact.length > 0) {
    const bound = open.at(-1)
    const next = exact.at(-1)
    // A trace may name a flow of a smaller id than its own: those of one start are ordered once all are known.
    if (next && (!bound || next.start > bound.start)) yield exact.pop()!
    else for (const place of placesOfTrace(open.pop()!.id, second, spans)) insert(exact, place)
  }
}

/** Keeps the list in order, the next place last. */
function insert(places: Place[], place: Place): void {
  let at = places.length
  while (at > 0 && compare(places[at - 1]!, place) < 0) at--
  places.splice(at, 0, place)
}

/**
 * The flows to list where this trace starts: the trace, if it is a flow and starts in this second, and flows
 * that are known only by a context that the trace carries.
 */
function* placesOfTrace(traceId: string, second: number, spans: StoredSpans): Generator<Place> {
  const trace = spans.trace(traceId)
  const start = trace.spans[0]?.start
  if (start === undefined || secondsOf(start) !== second) return
  if (trace.spans.some((span) => isOrigin(span, spans))) yield { start, id: trace.id }
  for (const id of namedFlows(trace.spans)) if (isFirstToName(id, start, spans)) yield { start, id }
}

/** A flow of which nothing but its context is known is listed with the first of the traces that carry it. */
function isFirstToName(flowId: string, start: bigint, spans: StoredSpans): boolean {
  if (spans.trace(flowId).spans.length > 0) return false
  return spans.namingFlow(flowId).every(({ traceId }) => spans.trace(traceId).spans[0]!.start >= start)
}

function matches({ summary: flow, terms }: FlowDigest, query: FlowQuery): boolean {
  const start = BigInt(flow.startTimeUnixNano)
  return (
    (query.since === undefined || start >= query.since) &&
    (query.until === undefined || start < query.until) &&
    (query.state === undefined || flow.state === query.state) &&
    (query.minDurationMs === undefined || flow.durationMs >= query.minDurationMs) &&
    (query.service === undefined || flow.services.includes(query.service)) &&
    (query.destination === undefined || flow.destinations.includes(query.destination)) &&
    (query.shape === undefined || flow.shape === query.shape) &&
    (query.system === undefined || flow.systems.includes(query.system)) &&
    (query.q === undefined || contains(terms, query.q.toLowerCase()))
  )
}

function contains(terms: ReadonlySet<string>, text: string): boolean {
  for (const term of terms) if (term.toLowerCase().includes(text)) return true
  return false
}

function secondsOf(nanos: bigint): number {
  return Math.min(LATEST, Number(nanos / SECOND))
}

function compare(a: Place, b: Place): number {
  if (a.start !== b.start) return a.start > b.start ? -1 : 1
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

function formatCursor({ start, id }: Place): string {
  return `${start.toString(36)}-${id}`
}

function parseCursor(cursor: string): Place | undefined {
  const [start = '', id = ''] = cursor.split('-')
  if (!/^[0-9a-z]+$/.test(start)) return undefined
  let value = 0n
  for (const digit of start) value = value * 36n + BigInt(Number.parseInt(digit, 36))
  return { start: value, id }
}
