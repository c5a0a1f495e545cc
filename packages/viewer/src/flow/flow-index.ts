import type { Attempt, Edge, Evidence, Flow, Message, Step } from '@flowstitch/correlator'
import { stepKey } from './refs.ts'

/** One way a message reached a step. */
export interface Delivery {
  message: Message
  step: Step
  attempt?: Attempt
  evidence?: Evidence
  mayCause: boolean
}

/** One step that caused another without a message in between, other than its parent in the same service. */
export interface DirectCause {
  from: Step
  to: Step
  evidence: Evidence
  mayCause: boolean
}

/** A flow with its parts found in O(1), and its edges told apart into deliveries and direct causes. */
export interface FlowIndex {
  flow: Flow
  steps: Map<string, Step>
  messages: Map<string, Message>
  /** Messages by the key of the step that sent them. */
  sent: Map<string, Message[]>
  /** Deliveries by message key, in the order of their steps. */
  deliveries: Map<string, Delivery[]>
  /** Deliveries by the key of the step they reached. */
  arrivals: Map<string, Delivery[]>
  directCauses: DirectCause[]
  criticalSteps: Set<string>
  criticalMessages: Set<string>
}

/** The surest first. */
const EVIDENCE: readonly Evidence[] = [
  'parent',
  'link',
  'coordinate',
  'message-id',
  'key',
  'flow-context',
  'inferred',
]

export function isGuess(evidence: Evidence | undefined): boolean {
  return evidence === 'inferred'
}

export function surer(a: Evidence | undefined, b: Evidence): Evidence {
  return a !== undefined && EVIDENCE.indexOf(a) <= EVIDENCE.indexOf(b) ? a : b
}

export function indexFlow(flow: Flow): FlowIndex {
  const steps = new Map(flow.steps.map((step) => [stepKey(step), step]))
  const messages = new Map(flow.messages.map((message) => [message.key, message]))
  const sent = Map.groupBy(flow.messages, (message) => (message.sent ? stepKey(message.sent) : ''))
  const told = toldDeliveries(flow, steps, messages, sent)
  const deliveries = new Map([...told].map(([key, ofMessage]) => [key, onePerStay(ofMessage, steps)]))
  return {
    flow,
    steps,
    messages,
    sent,
    deliveries,
    arrivals: Map.groupBy([...deliveries.values()].flat(), (delivery) => stepKey(delivery.step)),
    directCauses: findDirectCauses(flow.edges, steps, (from, to) =>
      Boolean(sent.get(from)?.some((message) => told.get(message.key)?.has(to))),
    ),
    criticalSteps: new Set(
      flow.criticalPath.flatMap((segment) => (segment.step ? [stepKey(segment.step)] : [])),
    ),
    criticalMessages: new Set(flow.criticalPath.flatMap((segment) => segment.messageKey ?? [])),
  }
}

/** Everything that tells of a delivery, by message and step; an attempt and an edge together know the most. */
function toldDeliveries(
  flow: Flow,
  steps: Map<string, Step>,
  messages: Map<string, Message>,
  sent: Map<string, Message[]>,
): Map<string, Map<string, Delivery>> {
  const told = new Map<string, Map<string, Delivery>>()
  const at = (message: Message, step: Step): Delivery => {
    const ofMessage = told.get(message.key) ?? new Map<string, Delivery>()
    told.set(message.key, ofMessage)
    const key = stepKey(step)
    const delivery = ofMessage.get(key) ?? { message, step, mayCause: false }
    ofMessage.set(key, delivery)
    return delivery
  }
  for (const message of flow.messages) {
    for (const attempt of message.attempts) {
      const step = steps.get(stepKey(attempt.step))
      if (step) at(message, step).attempt = attempt
    }
  }
  for (const edge of flow.edges) {
    const step = steps.get(stepKey(edge.to))
    const message = messages.get(edge.messageKey ?? '') ?? settledBy(step, sent.get(stepKey(edge.from)))
    if (!message || !step) continue
    const delivery = at(message, step)
    delivery.evidence = surer(delivery.evidence, edge.evidence)
    delivery.mayCause ||= edge.mayCause ?? false
  }
  return told
}

/** A settle step links to what was sent; which message that was is clear where only one was. */
function settledBy(step: Step | undefined, sent: readonly Message[] | undefined): Message | undefined {
  return step?.operation === 'settle' && sent?.length === 1 ? sent[0] : undefined
}

/**
 * Where several steps of one stay tell of the same delivery, the one that handled it speaks for all: not
 * the receive or batch step around it, nor the settle step inside it.
 */
function onePerStay(told: ReadonlyMap<string, Delivery>, steps: Map<string, Step>): Delivery[] {
  const around = new Set<string>()
  const inside = new Set<string>()
  for (const [key, { step }] of told) {
    for (const parent of parentsOf(step, steps)) {
      around.add(stepKey(parent))
      if (told.get(stepKey(parent))?.attempt) inside.add(key)
    }
  }
  return [...told]
    .filter(([key, { attempt }]) => attempt || !(around.has(key) || inside.has(key)))
    .map(([, delivery]) => delivery)
    .sort((a, b) => (a.attempt?.number ?? 0) - (b.attempt?.number ?? 0))
}

function parentsOf(step: Step, steps: Map<string, Step>): Set<Step> {
  const parents = new Set<Step>()
  for (let at = parentOf(step, steps); at && !parents.has(at); at = parentOf(at, steps)) parents.add(at)
  return parents
}

function parentOf(step: Step, steps: Map<string, Step>): Step | undefined {
  if (!step.parentSpanId) return undefined
  return steps.get(stepKey({ traceId: step.traceId, spanId: step.parentSpanId }))
}

function findDirectCauses(
  edges: readonly Edge[],
  steps: Map<string, Step>,
  isDelivery: (from: string, to: string) => boolean,
): DirectCause[] {
  const found = new Map<string, DirectCause>()
  for (const edge of edges) {
    const from = steps.get(stepKey(edge.from))
    const to = steps.get(stepKey(edge.to))
    if (!from || !to || edge.messageKey || isDelivery(stepKey(from), stepKey(to))) continue
    const key = `${stepKey(from)}>${stepKey(to)}`
    const evidence = surer(found.get(key)?.evidence, edge.evidence)
    found.set(key, { from, to, evidence, mayCause: edge.mayCause ?? false })
  }
  return [...found.values()]
}
