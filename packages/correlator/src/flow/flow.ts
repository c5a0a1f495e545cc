import type { Span } from '../decode/span.ts'
import type { Edge, Flow, FlowSummary, MissingStep, Step, StepRef } from '../model.ts'
import { destinationOf, isMessaging, nameOfKind, systemOf, textOf } from '../names/messaging.ts'
import { flowShape, type FlowShape } from '../shape/flow-shape.ts'
import type { Outcome } from '../shape/learned.ts'
import type { Spans } from '../stitch/spans.ts'
import { clocksOf, type Clocks } from './clocks.ts'
import { coneOf, type Cone, type ConeLimits } from './cone.ts'
import { criticalPath } from './critical-path.ts'
import { edgesOf, sharedSteps, type FlowEdge } from './edges.ts'
import { lastingSteps } from './lasting.ts'
import { messagesOf, type FlowMessage } from './messages.ts'
import { flowsOf } from './origins.ts'
import { flowState, type Circumstances } from './state.ts'
import { correctWaits } from './waits.ts'

/** The flow, whole; undefined if there is no such flow. */
export function flowOf(
  flowId: string,
  spans: Spans,
  limits: ConeLimits,
  circumstances: Circumstances,
): Flow | undefined {
  const parts = partsOf(flowId, spans, limits, circumstances)
  if (!parts) return undefined
  const { cone, edges, messages, clocks, shape, missing } = parts
  const shared = sharedSteps(cone, edges, spans)
  for (const { message, sender } of messages)
    message.flowIds =
      sender && shared.has(sender) ? flowsOf([sender], spans, limits.hubLimit).flowIds : [flowId]
  const { start, end, lasting } = parts
  const flow: Flow = {
    ...summarise(parts, circumstances),
    steps: cone.steps.map((step) => stepOf(step, shared.has(step))),
    messages: messages.map(({ message }) => message),
    edges: describeEdges(edges, messages),
    criticalPath: criticalPath({ steps: lasting, edges, messages, clocks, start, end }),
  }
  if (clocks.isCorrected) flow.clocks = clocks.skews()
  if (cone.truncated) flow.truncated = cone.truncated
  const frequency = flow.state === 'active' ? undefined : circumstances.normal.frequency(shape)
  if (frequency) flow.shapeFrequency = frequency
  if (missing.length > 0) flow.missing = missing
  return flow
}

/** What lists and statistics need of a flow: its summary, the words that a search finds it by, and what it does. */
export interface FlowDigest {
  summary: FlowSummary
  terms: ReadonlySet<string>
  nearFlows: ReadonlySet<string>
  shape: FlowShape
  outcome: Outcome
}

export function digestOf(
  flowId: string,
  spans: Spans,
  limits: ConeLimits,
  circumstances: Circumstances,
): FlowDigest | undefined {
  const parts = partsOf(flowId, spans, limits, circumstances)
  return (
    parts && {
      summary: summarise(parts, circumstances),
      terms: termsOf(parts),
      nearFlows: nearFlows(parts.cone.steps),
      shape: parts.shape,
      outcome: outcomeOf(parts),
    }
  )
}

/** The ids of flows that these spans start, or once did as less was known: their traces, and flows that they name. */
export function nearFlows(spans: readonly Span[]): Set<string> {
  return new Set([...spans.map(({ traceId }) => traceId), ...namedFlows(spans)])
}

/** The ids of flows that contexts of these spans name. */
export function namedFlows(spans: readonly Span[]): Set<string> {
  const ids = new Set<string>()
  for (const { flow, links } of spans) {
    if (flow) ids.add(flow.flowId)
    for (const link of links) if (link.flow) ids.add(link.flow.flowId)
  }
  return ids
}

/** Depends on the flow alone: a message that only waits, or that nobody knows about, is no failure. */
function outcomeOf({ cone, messages }: FlowParts): Outcome {
  if (cone.truncated) return 'truncated'
  const states = new Set(messages.map(({ message }) => message.state))
  const failed = states.has('failed') || states.has('dead-lettered') || originOf(cone).status === 'error'
  return failed ? 'failed' : 'done'
}

function termsOf({ cone, messages }: FlowParts): Set<string> {
  const terms = new Set([cone.flowId])
  for (const { traceId, service, name } of cone.steps)
    for (const term of [traceId, service, name]) terms.add(term)
  for (const { message } of messages)
    for (const term of [message.destination, message.id, message.coordinate]) if (term) terms.add(term)
  return terms
}

interface FlowParts {
  cone: Cone
  edges: FlowEdge[]
  messages: FlowMessage[]
  clocks: Clocks
  shape: FlowShape
  missing: MissingStep[]
  /** The steps that it lasts as long as. */
  lasting: readonly Span[]
  start: bigint
  end: bigint
}

function partsOf(
  flowId: string,
  spans: Spans,
  limits: ConeLimits,
  { judge, normal }: Circumstances,
): FlowParts | undefined {
  const cone = coneOf(flowId, spans, limits)
  if (cone.steps.length === 0) return undefined
  const edges = edgesOf(cone, spans)
  const messages = messagesOf(cone.steps, edges, spans)
  for (const { message } of messages) judge(message)
  const origin = originOf(cone)
  const clocks = clocksOf(origin, edges, messages)
  if (clocks.isCorrected) for (const message of messages) correctWaits(message, clocks)
  const shape = flowShape({ origin, steps: cone.steps, edges, clocks })
  const missing = cone.truncated ? [] : normal.missing(shape)
  const lasting = lastingSteps(cone.steps, edges)
  return { cone, edges, messages, clocks, shape, missing, lasting, ...timesOf(cone, clocks, lasting) }
}

function summarise(parts: FlowParts, circumstances: Circumstances): FlowSummary {
  const { cone, messages, shape, missing } = parts
  const { steps, flowId } = cone
  const { start, end } = parts
  const origin = originOf(cone)
  const described = messages.map(({ message }) => message)
  return {
    id: flowId,
    state: flowState(described, end, origin.status === 'error', circumstances),
    origin: { ...refTo(origin), service: origin.service, name: origin.name },
    startTimeUnixNano: start.toString(),
    endTimeUnixNano: end.toString(),
    durationMs: Number(end - start) / 1e6,
    stepCount: steps.length,
    traceCount: new Set(steps.map((step) => step.traceId)).size,
    messageCount: messages.length,
    attemptCount: messages.reduce((sum, { attempts }) => sum + attempts.length, 0),
    errorCount: steps.filter((step) => step.status === 'error').length,
    services: distinct(steps.map((step) => step.service)),
    destinations: distinct(described.map((message) => message.destination)),
    systems: distinct(described.map((message) => message.system)),
    shape: shape.shape.id,
    ...(missing.length > 0 && { missingCount: missing.length }),
    version: versionOf(steps),
  }
}

/** Grows with each span that comes: by the newest of each store, as their sequences say nothing about each other. */
function versionOf(steps: readonly Span[]): number {
  const newest = new Map<number, number>()
  for (const { source = 0, sequence } of steps)
    if (sequence > (newest.get(source) ?? 0)) newest.set(source, sequence)
  return [...newest.values()].reduce((sum, sequence) => sum + sequence, 0)
}

/** The step that started it all; the earliest that nothing is known to have caused, if several did. */
function originOf(cone: Cone): Span {
  return (
    cone.steps.find((step) => step.parentSpanId === undefined && cone.seeds.has(step)) ?? [...cone.seeds][0]!
  )
}

/** A flow starts with its own trace, whatever the clocks of other machines say. */
function timesOf(
  { steps, flowId }: Cone,
  clocks: Clocks,
  lasting: readonly Span[],
): { start: bigint; end: bigint } {
  const first = steps.find((step) => step.traceId === flowId) ?? steps[0]!
  const start = clocks.startOf(first)
  return { start, end: lasting.reduce((end, step) => later(end, clocks.endOf(step)), start) }
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

function stepOf(span: Span, shared: boolean): Step {
  const { facts, operation, status } = span
  const system = systemOf(facts)
  const destination = isMessaging(facts) ? destinationOf(facts) : undefined
  const errorType = status === 'error' ? textOf(facts.errorType) : undefined
  const step: Step = {
    traceId: span.traceId,
    spanId: span.spanId,
    service: span.service,
    name: span.name,
    kind: nameOfKind(span.kind),
    startTimeUnixNano: span.start.toString(),
    endTimeUnixNano: span.end.toString(),
    status,
  }
  if (span.parentSpanId !== undefined) step.parentSpanId = span.parentSpanId
  if (operation) step.operation = operation
  if (system !== undefined) step.system = system
  if (destination !== undefined) step.destination = destination
  if (errorType !== undefined) step.errorType = errorType
  if (shared) step.shared = shared
  return step
}

function describeEdges(edges: readonly FlowEdge[], messages: readonly FlowMessage[]): Edge[] {
  const keys = new Map<Span, Map<Span, string>>()
  for (const { message, sender, attempts } of messages) {
    if (!sender) continue
    let receivers = keys.get(sender)
    if (!receivers) keys.set(sender, (receivers = new Map()))
    for (const { deliveries } of attempts) for (const { step } of deliveries) receivers.set(step, message.key)
  }
  return edges.map(({ from, to, evidence, mayCause }) => {
    const edge: Edge = { from: refTo(from), to: refTo(to), evidence }
    const messageKey = keys.get(from)?.get(to)
    if (messageKey !== undefined) edge.messageKey = messageKey
    if (mayCause) edge.mayCause = mayCause
    return edge
  })
}

function refTo({ traceId, spanId }: Span): StepRef {
  return { traceId, spanId }
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort()
}
