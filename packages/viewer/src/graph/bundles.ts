import type { Message } from '../api/model.ts'
import type { Delivery, FlowIndex } from '../flow/flow-index.ts'
import type { Visit, Visits } from '../flow/visits.ts'

/** More messages or visits than this that took the same way to the same end are drawn as one. */
const MOST_ALIKE = 6

/** Which messages and visits are drawn as one, by the name of the way that they share. */
export interface Bundles {
  ofMessage: Map<string, string>
  ofVisit: Map<Visit, string>
}

/**
 * Finds what a fan-out multiplied: messages that the same kind of step sent to the same destination with
 * the same end, and the visits that handled them. What the critical path runs through stays apart, and so
 * does everything below a way in `unfolded`.
 */
export function findBundles(index: FlowIndex, visits: Visits, unfolded: ReadonlySet<string>): Bundles {
  const ways = findWays(index, visits)
  const stays = (way: string): boolean => [...unfolded].some((open) => way.startsWith(open))
  return {
    ofMessage: alike(ways.ofMessage, stays),
    ofVisit: alike(ways.ofVisit, stays),
  }
}

/** The one delivery that led to a visit; none where a batch handles several messages. */
export function soleDelivery(visit: Visit, index: FlowIndex): Delivery | undefined {
  const deliveries = visit.steps.flatMap(({ key }) => index.arrivals.get(key) ?? [])
  return deliveries.length === 1 ? deliveries[0] : undefined
}

/** Names the way that led to each message and visit, by destinations, services and outcomes from the origin on. */
function findWays(index: FlowIndex, visits: Visits): Bundles {
  const ways: Bundles = { ofMessage: new Map(), ofVisit: new Map() }
  for (const visit of visits.all) {
    const delivery = soleDelivery(visit, index)
    const before = delivery && ways.ofMessage.get(delivery.message.key)
    const way =
      before === undefined || isCritical(visit, index) ? visit.id : `${before} > ${lookOf(visit, delivery)}`
    ways.ofVisit.set(visit, way)
    for (const { key } of visit.steps) {
      for (const message of index.sent.get(key) ?? []) {
        const critical = index.criticalMessages.has(message.key)
        ways.ofMessage.set(message.key, critical ? message.key : `${way} > ${endOf(message)}`)
      }
    }
  }
  return ways
}

function lookOf(visit: Visit, delivery: Delivery | undefined): string {
  const failed = visit.steps.some(({ step }) => step.status === 'error')
  const { number = 1, consumerGroup = '' } = delivery?.attempt ?? {}
  return [visit.service, visit.steps[0]?.step.name, consumerGroup, number, failed].join(' ')
}

function endOf({ system, destination, state, attempts }: Message): string {
  return [system, destination, state, ...attempts.map(({ outcome }) => outcome)].join(' ')
}

function isCritical(visit: Visit, index: FlowIndex): boolean {
  return visit.steps.some(({ key }) => index.criticalSteps.has(key))
}

function alike<T>(ways: ReadonlyMap<T, string>, stays: (way: string) => boolean): Map<T, string> {
  const members = Map.groupBy(ways, ([, way]) => way)
  const bundled = [...members].filter(([way, found]) => found.length > MOST_ALIKE && !stays(way))
  return new Map(bundled.flatMap(([, found]) => found))
}
