import type { Attempt, Evidence, Message, Step } from '@flowstitch/correlator'
import type { FlowIndex } from '../flow/flow-index.ts'
import { messageId } from '../flow/refs.ts'
import type { Visit, Visits } from '../flow/visits.ts'
import { findBundles, soleDelivery } from './bundles.ts'
import { buildEdges } from './edges.ts'
import { buildLane } from './lanes.ts'
import { nameRows } from './row-names.ts'

/** A stay in one service; several lanes when it is the attempts of one message. */
export interface CardNode {
  kind: 'card'
  id: string
  service: string
  lanes: Lane[]
  /** How many visits it stands for. */
  count: number
}

export interface Lane {
  /** The id of the visit that it draws. */
  id: string
  attempt?: Attempt
  rows: StepItem[]
  /** Steps that are left out to keep the card small. */
  hidden: number
}

/** One line of a card. */
export interface StepItem {
  /** What edges hold on to; the selection id where it is a single step. */
  id: string
  /** The step, or the longest of several. */
  step: Step
  depth: number
  critical: boolean
  /** How many steps it stands for. */
  count: number
  /** The way that shows them one by one. */
  unfolds?: string
}

export interface QueueNode {
  kind: 'queue'
  /** Selection id where it is a single message. */
  id: string
  /** The message, or the first of several. */
  message: Message
  critical: boolean
  count: number
  unfolds?: string
  /** The longest time before a first attempt. */
  dwellMs?: number
}

export interface GraphEdge {
  id: string
  /** Ids of a line or a queue. */
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

export interface GraphOptions {
  /** Lanes, by id, that show all their steps. */
  expanded?: ReadonlySet<string>
  /** Ways whose messages and visits are drawn one by one. */
  unfolded?: ReadonlySet<string>
}

const NONE: ReadonlySet<string> = new Set()

/** What the graph of a flow shows. */
export function buildGraph(
  index: FlowIndex,
  visits: Visits,
  { expanded = NONE, unfolded = NONE }: GraphOptions = {},
): GraphModel {
  const bundles = findBundles(index, visits, unfolded)
  const names = nameRows(index, visits, bundles)
  const edges = buildEdges(index, visits, names)
  const linked = new Set(edges.flatMap((edge) => [edge.from, edge.to]))
  const cards = groupVisits(index, visits, bundles.ofVisit).map((group): CardNode => {
    const [first] = group.lanes
    return {
      kind: 'card',
      id: `card:${first?.[0]?.id}`,
      service: first?.[0]?.service ?? '',
      count: first?.length ?? 0,
      lanes: group.lanes.map((members) =>
        buildLane(members, { index, names, linked, expanded, chain: group.chain }),
      ),
    }
  })
  return { cards, queues: buildQueues(index, bundles.ofMessage), edges }
}

/** The visits of one card: of each lane the visits that it stands for. */
interface Group {
  lanes: Visit[][]
  /** Whether several lanes are attempts of one message. */
  chain: boolean
}

function groupVisits(index: FlowIndex, visits: Visits, bundled: ReadonlyMap<Visit, string>): Group[] {
  const groups = Map.groupBy(visits.all, (visit) => bundled.get(visit) ?? chainOf(visit, index) ?? visit.id)
  return [...groups.values()].map((group) => {
    const isBundle = group.some((visit) => bundled.has(visit))
    return isBundle
      ? { lanes: [group], chain: false }
      : {
          lanes: group.map((visit) => [visit]),
          chain: group.filter((visit) => soleDelivery(visit, index)?.attempt).length > 1,
        }
  })
}

/** What one service did with one message shares a card: polls, attempts and settlements. */
function chainOf(visit: Visit, index: FlowIndex): string | undefined {
  const delivery = soleDelivery(visit, index)
  return delivery && `${delivery.message.key} ${visit.service}`
}

function buildQueues(index: FlowIndex, bundled: ReadonlyMap<string, string>): QueueNode[] {
  const groups = Map.groupBy(index.messages.values(), ({ key }) => bundled.get(key) ?? messageId(key))
  return [...groups].map(([id, messages]) => {
    const [message] = messages as [Message]
    const way = bundled.get(message.key)
    const dwellMs = longestDwell(messages)
    return {
      kind: 'queue',
      id,
      message,
      critical: index.criticalMessages.has(message.key),
      count: messages.length,
      ...(way !== undefined && { unfolds: way }),
      ...(dwellMs !== undefined && { dwellMs }),
    }
  })
}

function longestDwell(messages: readonly Message[]): number | undefined {
  const dwells = messages.flatMap(({ attempts }) =>
    attempts.flatMap(({ number, dwellMs }) => (number === 1 ? (dwellMs ?? []) : [])),
  )
  return dwells.length === 0 ? undefined : dwells.reduce((most, ms) => Math.max(most, ms))
}
