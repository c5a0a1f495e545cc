import type { Evidence } from '@flowstitch/correlator'
import { isGuess, type Delivery, type FlowIndex } from '../flow/flow-index.ts'
import { stepKey } from '../flow/refs.ts'
import type { Visits } from '../flow/visits.ts'
import type { GraphEdge } from './graph-model.ts'
import type { RowNames } from './row-names.ts'

/** The lines of the graph: sender to queue, queue to handler, and causes without a message in between. */
export function buildEdges(index: FlowIndex, visits: Visits, names: RowNames): GraphEdge[] {
  const edges = new Map<string, GraphEdge>()
  const add = (from: string | undefined, to: string | undefined, facts: EdgeFacts): void => {
    if (from === undefined || to === undefined || from === to) return
    const edge = makeEdge(from, to, facts)
    edges.set(edge.id, join(edges.get(edge.id), edge))
  }
  const isCriticalVisit = (key: string): boolean =>
    visits.byStep.get(key)?.steps.some((step) => index.criticalSteps.has(step.key)) ?? false

  for (const message of index.messages.values()) {
    const critical = index.criticalMessages.has(message.key)
    const sender = message.sent && names.ofStep.get(stepKey(message.sent))
    add(sender, names.ofMessage(message.key), { critical })
  }
  for (const delivery of [...index.deliveries.values()].flat()) {
    if (isAside(delivery, index)) continue
    const { message, step, attempt, evidence, mayCause } = delivery
    const critical = index.criticalMessages.has(message.key) && isCriticalVisit(stepKey(step))
    const failed = attempt?.outcome === 'failed' || attempt?.outcome === 'settled-negatively'
    add(names.ofMessage(message.key), names.ofStep.get(stepKey(step)), {
      evidence,
      mayCause,
      critical,
      failed,
    })
  }
  for (const { from, to, evidence, mayCause } of index.directCauses) {
    if (visits.byStep.get(stepKey(from)) === visits.byStep.get(stepKey(to))) continue
    const critical = index.criticalSteps.has(stepKey(from)) && isCriticalVisit(stepKey(to))
    add(names.ofStep.get(stepKey(from)), names.ofStep.get(stepKey(to)), { evidence, mayCause, critical })
  }
  return [...edges.values()]
}

/** A poll or settlement beside an attempt in the same service stands in the attempt's card; one line leads there. */
function isAside({ message, step, attempt }: Delivery, index: FlowIndex): boolean {
  if (attempt) return false
  const others = index.deliveries.get(message.key) ?? []
  return others.some((other) => other.attempt && other.step.service === step.service)
}

interface EdgeFacts {
  evidence?: Evidence | undefined
  mayCause?: boolean
  critical: boolean
  failed?: boolean
}

function makeEdge(from: string, to: string, facts: EdgeFacts): GraphEdge {
  const { evidence, mayCause = false, critical, failed = false } = facts
  const guess = mayCause || isGuess(evidence)
  return { id: `${from}>${to}`, from, to, guess, critical, failed, ...(evidence && { evidence }) }
}

/** Where one line stands for several, it is as sure as the least sure of them. */
function join(known: GraphEdge | undefined, edge: GraphEdge): GraphEdge {
  if (!known) return edge
  return {
    ...(edge.guess ? edge : known),
    critical: known.critical || edge.critical,
    failed: known.failed || edge.failed,
  }
}
