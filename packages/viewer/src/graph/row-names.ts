import type { FlowIndex } from '../flow/flow-index.ts'
import { messageId, stepId } from '../flow/refs.ts'
import type { Visit, Visits, VisitStep } from '../flow/visits.ts'
import { soleDelivery, type Bundles } from './bundles.ts'

/** Where steps and messages are drawn: several may share a line of a card, or a queue. */
export interface RowNames {
  ofStep: Map<string, string>
  ofMessage: (key: string) => string
  /** The way that draws the steps of a line, or the messages of a queue, one by one. */
  unfolds: Map<string, string>
}

export function nameRows(index: FlowIndex, visits: Visits, bundles: Bundles): RowNames {
  const names: RowNames = {
    ofStep: new Map(),
    ofMessage: (key) => bundles.ofMessage.get(key) ?? messageId(key),
    unfolds: new Map(),
  }
  for (const visit of visits.all) {
    for (const item of visit.steps) {
      const shared = sharedName(visit, item, index, bundles)
      names.ofStep.set(item.key, shared?.name ?? stepId(item.key))
      if (shared) names.unfolds.set(shared.name, shared.way)
    }
  }
  return names
}

function sharedName(
  visit: Visit,
  { key, step, depth }: VisitStep,
  index: FlowIndex,
  bundles: Bundles,
): { name: string; way: string } | undefined {
  const way = bundles.ofVisit.get(visit)
  if (way !== undefined) {
    const message = soleDelivery(visit, index)?.message
    const wayIn = message && bundles.ofMessage.get(message.key)
    return { name: `${way} | ${depth} ${step.name}`, way: wayIn ?? way }
  }
  // A step that did nothing but send messages which are drawn as one is drawn with its likes.
  const sentTo = new Set((index.sent.get(key) ?? []).map((message) => bundles.ofMessage.get(message.key)))
  const [only] = sentTo
  if (sentTo.size !== 1 || only === undefined || step.operation !== 'send') return undefined
  return { name: `${visit.id} | ${only}`, way: only }
}
