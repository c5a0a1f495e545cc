import type { Span, SpanLink } from '../decode/span.ts'
import type { StepRef } from '../model.ts'
import { numberOf } from '../names/messaging.ts'
import { remember, type Memory } from './remember.ts'
import type { Spans } from './spans.ts'
import { ancestorsOf } from './trace.ts'

/** Takes messages from a broker or works on them, as against one that hands them over. */
export function isConsumer(span: Span): boolean {
  const operation = span.operation
  return operation === 'receive' || operation === 'process'
}

/**
 * The links that say what caused a span: its own, those of the parts that a batch beyond the link limit is
 * split into, and, for a consumer that has none and was started by nothing (a Lambda invocation, a batch
 * whose instrumentation links only per message), those of the consumers right below it.
 */
export function linksOf(span: Span, spans: Spans): readonly SpanLink[] {
  if (span.links.length === 0 && !isHost(span)) return span.links
  return remember(LINKS, span, spans, findLinks)
}

/** The link of the span, of `linksOf`, that leads to the other one: one look-up, however large the batch is. */
export function linkTo({ traceId, spanId }: StepRef, span: Span, spans: Spans): SpanLink | undefined {
  const links = linksOf(span, spans)
  if (links.length > FEW) return targetsOf(links).get(keyOf({ traceId, spanId }))
  return links.findLast((link) => link.spanId === spanId && link.traceId === traceId)
}

export function keyOf({ traceId, spanId }: StepRef): string {
  return `${traceId}-${spanId}`
}

const LINKS: Memory<Span, readonly SpanLink[]> = new WeakMap()
/** Links of a span are looked through one by one up to here. */
const FEW = 16
/** What many links lead to, for as long as the spans that they are of are remembered. */
const TARGETS = new WeakMap<readonly SpanLink[], ReadonlyMap<string, SpanLink>>()

function targetsOf(links: readonly SpanLink[]): ReadonlyMap<string, SpanLink> {
  let targets = TARGETS.get(links)
  if (!targets) TARGETS.set(links, (targets = new Map(links.map((link) => [keyOf(link), link]))))
  return targets
}

function findLinks(span: Span, spans: Spans): readonly SpanLink[] {
  const isOwn = (link: SpanLink): boolean => !isInside(link, span, spans)
  const own = span.links.every(isOwn) ? span.links : span.links.filter(isOwn)
  if (own.length === 0 && !isHost(span)) return own
  const lent = childrenOf(span, spans).filter((child) =>
    own.length > 0 ? child.facts.batchPart !== undefined : isConsumer(child),
  )
  return lent.length === 0 ? own : [...own, ...lent.flatMap((child) => child.links)]
}

/** Handles more than one message as one step, so that its children may belong to some of them only. */
export function isContainer(span: Span, spans: Spans): boolean {
  if (span.links.length > 1 || span.facts.batchPart !== undefined) return true
  if (isConsumer(span) && numberOf(span.facts.batchCount) !== undefined) return true
  return isHost(span) && linksOf(span, spans).length > 0
}

/** Whether a span takes part in messages of its own, so that a container above it says nothing about it. */
export function hasOwnMessages(span: Span): boolean {
  return span.links.length > 0
}

export function childrenOf(span: Span, spans: Spans): readonly Span[] {
  return spans.trace(span.traceId).children.get(span.spanId) ?? []
}

function isHost(span: Span): boolean {
  if (span.links.length > 0) return false
  // The parent of an invocation is the platform's, which may report to somebody else.
  return TRIGGERS.has(span.facts.faasTrigger) || (span.parentSpanId === undefined && isConsumer(span))
}

/** What has a function called with messages: those of a broker, or the changes in a table. */
const TRIGGERS: ReadonlySet<unknown> = new Set(['pubsub', 'datasource'])

/** A link to the span itself or to what it started (a batch send to its create spans) is no cause of it. */
function isInside(link: SpanLink, span: Span, spans: Spans): boolean {
  if (link.traceId !== span.traceId) return false
  if (link.spanId === span.spanId) return true
  const trace = spans.trace(span.traceId)
  const target = trace.byId.get(link.spanId)
  if (!target) return false
  for (const ancestor of ancestorsOf(target, trace)) if (ancestor === span) return true
  return false
}
