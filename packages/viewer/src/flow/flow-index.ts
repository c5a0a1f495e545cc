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
  const deliveries = findDeliveries(flow, steps, messages)
  const arrivals = Map.groupBy([...deliveries.values()].flat(), (delivery) => stepKey(delivery.step))
  return {
    flow,
    steps,
    messages,
    sent: sentBy(flow.messages),
    deliveries,
    arrivals,
    directCauses: findDirectCauses(flow.edges, steps, arrivals),
    criticalSteps: new Set(
      flow.criticalPath.flatMap((segment) => (segment.step ? [stepKey(segment.step)] : [])),
    ),
    criticalMessages: new Set(flow.criticalPath.flatMap((segment) => segment.messageKey ?? [])),
  }
}

function sentBy(messages: readonly Message[]): Map<string, Message[]> {
  return Map.groupBy(messages, (message) => (message.sent ? stepKey(message.sent) : ''))
}

/** An attempt and an edge may tell of the same delivery; together they know the most. */
function findDeliveries(
  flow: Flow,
  steps: Map<string, Step>,
  messages: Map<string, Message>,
): Map<string, Delivery[]> {
  const found = new Map<string, Map<string, Delivery>>()
  const at = (message: Message, step: Step): Delivery => {
    const ofMessage = found.get(message.key) ?? new Map<string, Delivery>()
    found.set(message.key, ofMessage)
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
    const message = messages.get(edge.messageKey ?? '')
    const step = steps.get(stepKey(edge.to))
    if (!message || !step) continue
    const delivery = at(message, step)
    delivery.evidence = surer(delivery.evidence, edge.evidence)
    delivery.mayCause ||= edge.mayCause ?? false
  }
  return new Map([...found].map(([key, ofMessage]) => [key, innermost([...ofMessage.values()], steps)]))
}

/** Where a receive or batch step and a step inside it got the same message, the inner one speaks for both. */
function innermost(deliveries: Delivery[], steps: Map<string, Step>): Delivery[] {
  const outer = new Set<string>()
  for (const { step } of deliveries) {
    for (let parent = parentOf(step, steps); parent; parent = parentOf(parent, steps)) {
      if (outer.has(stepKey(parent))) break
      outer.add(stepKey(parent))
    }
  }
  const inner = deliveries.filter((delivery) => delivery.attempt || !outer.has(stepKey(delivery.step)))
  return inner.sort((a, b) => (a.attempt?.number ?? 0) - (b.attempt?.number ?? 0))
}

function parentOf(step: Step, steps: Map<string, Step>): Step | undefined {
  if (!step.parentSpanId) return undefined
  return steps.get(stepKey({ traceId: step.traceId, spanId: step.parentSpanId }))
}

function findDirectCauses(
  edges: readonly Edge[],
  steps: Map<string, Step>,
  arrivals: Map<string, Delivery[]>,
): DirectCause[] {
  const found = new Map<string, DirectCause>()
  for (const edge of edges) {
    const from = steps.get(stepKey(edge.from))
    const to = steps.get(stepKey(edge.to))
    if (!from || !to || edge.messageKey || isDelivery(from, arrivals.get(stepKey(to)))) continue
    const key = `${stepKey(from)}>${stepKey(to)}`
    const evidence = surer(found.get(key)?.evidence, edge.evidence)
    found.set(key, { from, to, evidence, mayCause: edge.mayCause ?? false })
  }
  return [...found.values()]
}

function isDelivery(from: Step, arrivals: Delivery[] | undefined): boolean {
  return arrivals?.some(({ message }) => message.sent && stepKey(message.sent) === stepKey(from)) ?? false
}
