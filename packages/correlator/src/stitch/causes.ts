import type { Span, SpanLink } from '../decode/span.ts'
import type { FlowContext } from '../decode/trace-state.ts'
import type { Evidence } from '../model.ts'
import { hasOwnMessages, isConsumer, isContainer, linksOf } from './container.ts'
import { sendersByKey } from './keys.ts'
import type { Spans } from './spans.ts'

/** One thing that caused a span, and what proves it. */
export interface Cause {
  /** The span that caused it, */
  from?: Span
  /** or, while no span of it is known, the flow that it belongs to. */
  flowId?: string
  evidence: Evidence
  /** Whether flows pass along it. A batch runs its messages' steps, but passes on no other message's flow. */
  carries: boolean
  /** One of several messages caused it, and nothing says which. */
  mayCause: boolean
}

/**
 * What caused a span: the one place where evidence becomes causality. Exact evidence comes first, and weaker
 * evidence counts only where there is none. Lazy, as most questions need the first answers only.
 */
export function* causesOf(span: Span, spans: Spans): Generator<Cause> {
  const links = linksOf(span, spans)
  let linked = false
  for (const link of links) {
    const cause = linkCause(span, link, spans)
    if (!cause) continue
    linked = true
    yield cause
  }
  const parent = parentOf(span, spans)
  if (parent) yield parentCause(span, parent, spans)
  else if (links.length === 0) yield* weakerCauses(span, spans)
  else if (!linked) yield* contextCause(span.flow, span, spans)
}

/** Whether nothing known caused the span, so that it starts a flow. */
export function isOrigin(span: Span, spans: Spans): boolean {
  const links = linksOf(span, spans)
  if (links.some(({ traceId }) => traceId !== span.traceId && spans.knows(traceId))) return false
  for (const cause of causesOf(span, spans)) if (cause.carries) return false
  return true
}

/** Whether what is known of the flow's own trace only looks like an origin, as its cause has yet to come. */
export function isProvisional(flowId: string, spans: Spans): boolean {
  const { root } = spans.trace(flowId)
  return !root || root.parentSpanId !== undefined || root.links.length > 0
}

export function parentOf(span: Span, spans: Spans): Span | undefined {
  if (span.parentSpanId === undefined) return undefined
  return spans.trace(span.traceId).byId.get(span.parentSpanId)
}

function linkCause(span: Span, link: SpanLink, spans: Spans): Cause | undefined {
  const trace = spans.trace(link.traceId)
  const target = trace.byId.get(link.spanId)
  if (target) return exact(target, 'link')
  const [named] = contextCause(link.flow, span, spans)
  if (named) return named
  if (trace.root && trace.root !== span && link.traceId !== span.traceId) return exact(trace.root, 'inferred')
  return undefined
}

/** In a container, messages pass flows on to the steps that link to them; the container itself does to the rest. */
export function parentCause(span: Span, parent: Span, spans: Spans): Cause {
  const container = isContainer(parent, spans)
  const carries = !(container && hasOwnMessages(span))
  const mayCause = carries && container && linksOf(parent, spans).length > 1
  return { from: parent, evidence: 'parent', carries, mayCause }
}

function* weakerCauses(span: Span, spans: Spans): Generator<Cause> {
  if (span.parentSpanId === undefined && isConsumer(span)) {
    const senders = sendersByKey(span, spans)
    yield* senders
    if (senders.length > 0) return
  }
  let named = false
  for (const cause of contextCause(span.flow, span, spans)) {
    named = true
    yield cause
  }
  if (named || span.parentSpanId === undefined) return
  const { root } = spans.trace(span.traceId)
  if (root && root !== span && root.parentSpanId === undefined) yield exact(root, 'inferred')
}

function contextCause(flow: FlowContext | undefined, span: Span, spans: Spans): Cause[] {
  if (!flow || flow.flowId === span.traceId) return []
  const { root } = spans.trace(flow.flowId)
  if (root) return [exact(root, 'flow-context')]
  return [{ flowId: flow.flowId, evidence: 'flow-context', carries: true, mayCause: false }]
}

function exact(from: Span, evidence: Evidence): Cause {
  return { from, evidence, carries: true, mayCause: false }
}
