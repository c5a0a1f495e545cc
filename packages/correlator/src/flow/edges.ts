import { append } from '../append.ts'
import type { Span, SpanLink } from '../decode/span.ts'
import type { Evidence } from '../model.ts'
import { causesOf, parentCause, parentOf } from '../stitch/causes.ts'
import { isConsumer, keyOf, linksOf, linkTo } from '../stitch/container.ts'
import type { Spans } from '../stitch/spans.ts'
import type { Cone } from './cone.ts'

/** "from caused to", both of them steps of the flow. */
export interface FlowEdge {
  from: Span
  to: Span
  evidence: Evidence
  carries: boolean
  mayCause: boolean
  /** A message lies between: `from` sent it, `to` got it. */
  delivery: boolean
  /** The link that says so, with what it says about the message. */
  link?: SpanLink
}

/** The edges of a cone, in the order of its steps. */
export function edgesOf(cone: Cone, spans: Spans): FlowEdge[] {
  const steps = new Map(cone.steps.map((step) => [keyOf(step), step]))
  return cone.steps.flatMap((step) => edgesInto(step, steps, cone, spans))
}

function edgesInto(step: Span, steps: ReadonlyMap<string, Span>, cone: Cone, spans: Spans): FlowEdge[] {
  const own = parentEdge(step, cone, spans)
  if (own && linksOf(step, spans).length === 0) return [own]
  const edges = new Map<Span, FlowEdge>()
  if (own) edges.set(own.from, own)
  for (const [from, link] of linkedSteps(step, steps, cone, spans))
    edges.set(from, linkEdge(from, step, link, edges.get(from)))
  if (edges.size === 0) for (const edge of weakerEdges(step, cone, spans)) edges.set(edge.from, edge)
  return [...edges.values()]
}

function parentEdge(step: Span, cone: Cone, spans: Spans): FlowEdge | undefined {
  const parent = parentOf(step, spans)
  if (!parent || !cone.members.has(parent)) return undefined
  const { carries, mayCause } = parentCause(step, parent, spans)
  return { from: parent, to: step, evidence: 'parent', carries, mayCause, delivery: isDelivery(parent, step) }
}

/** The steps that it links to, found from the shorter side: a large batch has more links than a flow has steps. */
function linkedSteps(
  step: Span,
  steps: ReadonlyMap<string, Span>,
  cone: Cone,
  spans: Spans,
): (readonly [Span, SpanLink])[] {
  const links = linksOf(step, spans)
  const pair = (from: Span | undefined, link: SpanLink | undefined): (readonly [Span, SpanLink])[] =>
    from && link ? [[from, link]] : []
  if (links.length <= steps.size) return links.flatMap((link) => pair(steps.get(keyOf(link)), link))
  return cone.steps.flatMap((from) => pair(from, linkTo(from, step, spans)))
}

/** Where both a parent and a link lead to the sender, the edge is the parent's, with what the link knows. */
function linkEdge(from: Span, to: Span, link: SpanLink, parent: FlowEdge | undefined): FlowEdge {
  const evidence = parent?.evidence ?? 'link'
  return { from, to, evidence, carries: true, mayCause: false, delivery: isDelivery(from, to, link), link }
}

function* weakerEdges(to: Span, cone: Cone, spans: Spans): Generator<FlowEdge> {
  for (const { from, evidence, carries, mayCause } of causesOf(to, spans)) {
    if (!from || !cone.members.has(from)) continue
    const byKey = evidence === 'coordinate' || evidence === 'message-id' || evidence === 'key'
    yield { from, to, evidence, carries, mayCause, delivery: byKey }
  }
}

/** Whether `to` got a message from `from`, as against being a part of its work. */
function isDelivery(from: Span, to: Span, link?: SpanLink): boolean {
  const sent = from.operation
  const got = to.operation
  if (isConsumer(to)) return link !== undefined || sent === 'send' || sent === 'create'
  // An invocation has got what the steps below it have, where it has no links but theirs.
  if (link === undefined || got !== undefined || to.links.length === 0) return false
  return sent === 'send' || sent === 'create'
}

/** Steps that other flows pass through too: those that something outside the cone caused, and what follows. */
export function sharedSteps(cone: Cone, edges: readonly FlowEdge[], spans: Spans): Set<Span> {
  const shared = new Set(cone.steps.filter((step) => isCausedOutside(step, cone, spans)))
  if (shared.size === 0) return shared
  const following = new Map<Span, Span[]>()
  for (const { from, to, carries } of edges) if (carries) append(following, from, to)
  for (const step of shared) for (const next of following.get(step) ?? []) shared.add(next)
  return shared
}

function isCausedOutside(step: Span, cone: Cone, spans: Spans): boolean {
  if (linksOf(step, spans).length === 0) {
    const parent = parentOf(step, spans)
    if (parent) return !cone.members.has(parent) && parentCause(step, parent, spans).carries
  }
  for (const { carries, from, flowId } of causesOf(step, spans)) {
    if (!carries) continue
    if (from ? !cone.members.has(from) : flowId !== cone.flowId) return true
  }
  return false
}
