import type { Span } from '../decode/span.ts'

/** The spans of one trace, each once, with the ways between them. */
export interface Trace {
  id: string
  /** By start, then span id. */
  spans: Span[]
  byId: Map<string, Span>
  children: Map<string, Span[]>
  /** The span that started the trace, or, while that is missing, the earliest whose parent is unknown, or at all. */
  root?: Span
  /** Spans whose parent is missing. */
  orphans: Span[]
}

export function traceOf(id: string, versions: Iterable<Span>): Trace {
  const byId = new Map<string, Span>()
  for (const span of versions) {
    const other = byId.get(span.spanId)
    byId.set(span.spanId, other ? newerOf(other, span) : span)
  }
  const spans = [...byId.values()].sort(byStart)
  const children = new Map<string, Span[]>()
  for (const span of spans) {
    if (!span.parentSpanId) continue
    const siblings = children.get(span.parentSpanId)
    if (siblings) siblings.push(span)
    else children.set(span.parentSpanId, [span])
  }
  const orphans = spans.filter((span) => span.parentSpanId !== undefined && !byId.has(span.parentSpanId))
  const root = spans.find((span) => span.parentSpanId === undefined) ?? orphans[0] ?? spans[0]
  return root ? { id, spans, byId, children, root, orphans } : { id, spans, byId, children, orphans }
}

/** The span's parent, that one's parent and so on; parents that go in a circle are walked once. */
export function* ancestorsOf(span: Span, { byId }: Trace): Generator<Span> {
  const seen = new Set<Span>()
  for (let at = parentIn(byId, span); at && !seen.has(at); at = parentIn(byId, at)) {
    seen.add(at)
    yield at
  }
}

function parentIn(byId: ReadonlyMap<string, Span>, { parentSpanId }: Span): Span | undefined {
  return parentSpanId === undefined ? undefined : byId.get(parentSpanId)
}

export function byStart(a: Span, b: Span): number {
  if (a.start !== b.start) return a.start < b.start ? -1 : 1
  if (a.traceId !== b.traceId) return a.traceId < b.traceId ? -1 : 1
  if (a.spanId === b.spanId) return 0
  return a.spanId < b.spanId ? -1 : 1
}

/**
 * Two reports of one span: the one that ends later, and where that decides nothing, the same one always. It
 * starts with the earlier one, as that is where the indexes by time have it.
 */
function newerOf(a: Span, b: Span): Span {
  const newer = a.end === b.end ? (canonical(a) < canonical(b) ? b : a) : a.end < b.end ? b : a
  newer.sequence = Math.max(a.sequence, b.sequence)
  newer.arrived = Math.min(a.arrived, b.arrived)
  newer.start = a.start < b.start ? a.start : b.start
  return newer
}

function canonical({ parentSpanId, service, name, kind, status, flow, sampled, links, facts }: Span): string {
  return JSON.stringify([parentSpanId, service, name, kind, status, flow, sampled, links, facts])
}
