import type { Attempt, Evidence, Message } from '../api/model.ts'
import { isGuess, type Delivery, type FlowIndex } from '../flow/flow-index.ts'
import { messageId, stepId, stepKey } from '../flow/refs.ts'
import type { Visit, Visits, VisitStep } from '../flow/visits.ts'

/** A stay in one service; several lanes when it is the attempts of one message. */
export interface CardNode {
  kind: 'card'
  id: string
  service: string
  lanes: Lane[]
}

export interface Lane {
  /** The id of the visit that it draws. */
  id: string
  attempt?: Attempt
  rows: StepItem[]
  /** Steps that are left out to keep the card small. */
  hidden: number
}

export interface StepItem extends VisitStep {
  /** Selection id; also what edges hold on to. */
  id: string
  critical: boolean
}

export interface QueueNode {
  kind: 'queue'
  /** Selection id. */
  id: string
  message: Message
  critical: boolean
}

export interface GraphEdge {
  id: string
  /** Selection ids of a step or a message. */
  from: string
  to: string
  evidence?: Evidence
  guess: boolean
  critical: boolean
  failed: boolean
}

export interface GraphModel {
  cards: CardNode[]
  queues: QueueNode[]
  edges: GraphEdge[]
}

const MOST_ROWS = 9

/** What the graph of a flow shows; `expanded` lanes (by id) show all their steps. */
export function buildGraph(
  index: FlowIndex,
  visits: Visits,
  expanded: ReadonlySet<string> = new Set(),
): GraphModel {
  const edges = buildEdges(index, visits)
  const linked = new Set(edges.flatMap((edge) => [edge.from, edge.to]))
  const lane = (visit: Visit, attempt?: Attempt): Lane =>
    buildLane(visit, attempt, index, linked, expanded.has(visit.id))
  return {
    cards: groupAttempts(index, visits).map((visitsOfCard) => ({
      kind: 'card',
      id: `card:${visitsOfCard[0]?.visit.id}`,
      service: visitsOfCard[0]?.visit.service ?? '',
      lanes: visitsOfCard.map(({ visit, attempt }) => lane(visit, attempt)),
    })),
    queues: [...index.messages.values()].map((message) => ({
      kind: 'queue',
      id: messageId(message.key),
      message,
      critical: index.criticalMessages.has(message.key),
    })),
    edges,
  }
}

interface Placed {
  visit: Visit
  attempt?: Attempt
}

/** Visits that are attempts of one message by one consumer group share a card. */
function groupAttempts(index: FlowIndex, visits: Visits): Placed[][] {
  const byChain = Map.groupBy(visits.all, (visit) => chainOf(visit, index) ?? visit.id)
  return [...byChain.values()].map((chain) =>
    chain.map((visit) => {
      const attempt = soleDelivery(visit, index)?.attempt
      const numbered = attempt && (chain.length > 1 || attempt.number > 1)
      return numbered ? { visit, attempt } : { visit }
    }),
  )
}

function chainOf(visit: Visit, index: FlowIndex): string | undefined {
  const delivery = soleDelivery(visit, index)
  if (!delivery?.attempt || delivery.message.attempts.length < 2) return undefined
  return `${delivery.message.key} ${visit.service} ${delivery.attempt.consumerGroup ?? ''}`
}

/** The one delivery that led to a visit; none where a batch handles several messages. */
function soleDelivery(visit: Visit, index: FlowIndex): Delivery | undefined {
  const deliveries = visit.steps.flatMap(({ key }) => index.arrivals.get(key) ?? [])
  return deliveries.length === 1 ? deliveries[0] : undefined
}

function buildLane(
  visit: Visit,
  attempt: Attempt | undefined,
  index: FlowIndex,
  linked: ReadonlySet<string>,
  whole: boolean,
): Lane {
  const items = visit.steps.map((step) => ({
    ...step,
    id: stepId(step.key),
    critical: index.criticalSteps.has(step.key),
  }))
  const rows = whole ? items : items.filter(shownIn(items, linked))
  return { id: visit.id, rows, hidden: items.length - rows.length, ...(attempt && { attempt }) }
}

/** Steps with edges always show, then errors and the critical path, then whatever comes first. */
function shownIn(items: readonly StepItem[], linked: ReadonlySet<string>): (item: StepItem) => boolean {
  if (items.length <= MOST_ROWS) return () => true
  const weight = (item: StepItem): number =>
    (linked.has(item.id) || item.depth === 0 ? 4 : 0) +
    (item.step.status === 'error' ? 2 : 0) +
    (item.critical ? 1 : 0)
  const ranked = [...items].sort((a, b) => weight(b) - weight(a))
  const shown = new Set(ranked.filter((item, rank) => rank < MOST_ROWS - 1 || weight(item) >= 4))
  return (item) => shown.has(item)
}

function buildEdges(index: FlowIndex, visits: Visits): GraphEdge[] {
  const sends = [...index.messages.values()].flatMap((message): GraphEdge[] => {
    if (!message.sent || !index.steps.has(stepKey(message.sent))) return []
    const critical = index.criticalMessages.has(message.key)
    return [edge(stepId(stepKey(message.sent)), messageId(message.key), { critical })]
  })
  const deliveries = [...index.deliveries.values()].flat().map((delivery) => {
    const { message, step, attempt, evidence, mayCause } = delivery
    const critical = index.criticalMessages.has(message.key) && index.criticalSteps.has(stepKey(step))
    const failed = attempt?.outcome === 'failed' || attempt?.outcome === 'settled-negatively'
    return edge(messageId(message.key), stepId(stepKey(step)), { evidence, mayCause, critical, failed })
  })
  const direct = index.directCauses.flatMap(({ from, to, evidence, mayCause }): GraphEdge[] => {
    if (visits.byStep.get(stepKey(from)) === visits.byStep.get(stepKey(to))) return []
    const critical = index.criticalSteps.has(stepKey(from)) && index.criticalSteps.has(stepKey(to))
    return [edge(stepId(stepKey(from)), stepId(stepKey(to)), { evidence, mayCause, critical })]
  })
  return [...sends, ...deliveries, ...direct]
}

interface EdgeFacts {
  evidence?: Evidence | undefined
  mayCause?: boolean
  critical: boolean
  failed?: boolean
}

function edge(from: string, to: string, facts: EdgeFacts): GraphEdge {
  const { evidence, mayCause = false, critical, failed = false } = facts
  const guess = mayCause || isGuess(evidence)
  return { id: `${from}>${to}`, from, to, guess, critical, failed, ...(evidence && { evidence }) }
}
