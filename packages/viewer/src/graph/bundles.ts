import type { Message } from '@flowstitch/correlator'
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
  const staysApart = (way: string): boolean => {
    for (let at: string | undefined = way; at !== undefined; at = ways.before.get(at)) {
      if (unfolded.has(at)) return true
    }
    return false
  }
  return {
    ofMessage: alike(ways.ofMessage, staysApart),
    ofVisit: alike(ways.ofVisit, staysApart),
  }
}

/** The one delivery that led to a visit; none where a batch handles several messages. */
export function soleDelivery(visit: Visit, index: FlowIndex): Delivery | undefined {
  const deliveries = visit.steps.flatMap(({ key }) => index.arrivals.get(key) ?? [])
  return deliveries.length === 1 ? deliveries[0] : undefined
}

interface Ways extends Bundles {
  /** Each way without its last turn. */
  before: Map<string, string>
}

/** Names the way that led to each message and visit, by destinations, services and outcomes from the origin on. */
function findWays(index: FlowIndex, visits: Visits): Ways {
  const ways: Ways = { ofMessage: new Map(), ofVisit: new Map(), before: new Map() }
  const turn = (before: string, next: string): string => {
    const way = `way:${hash(`${before} > ${next}`)}`
    ways.before.set(way, before)
    return way
  }
  for (const visit of visits.all) {
    const delivery = soleDelivery(visit, index)
    const before = delivery && ways.ofMessage.get(delivery.message.key)
    const alone = before === undefined || isCritical(visit, index)
    const way = alone ? visit.id : turn(before, lookOf(visit, delivery))
    ways.ofVisit.set(visit, way)
    for (const { key } of visit.steps) {
      for (const message of index.sent.get(key) ?? []) {
        const critical = index.criticalMessages.has(message.key)
        ways.ofMessage.set(message.key, critical ? message.key : turn(way, endOf(message)))
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

function alike<T>(ways: ReadonlyMap<T, string>, staysApart: (way: string) => boolean): Map<T, string> {
  const members = Map.groupBy(ways, ([, way]) => way)
  const bundled = [...members].filter(([way, found]) => found.length > MOST_ALIKE && !staysApart(way))
  return new Map(bundled.flatMap(([, found]) => found))
}

/** Names as long as a chain of a thousand hops would fill the memory; cyrb53, 53 bits, tells ways apart as well. */
function hash(text: string): string {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    a = Math.imul(a ^ code, 2654435761)
    b = Math.imul(b ^ code, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36)
}
