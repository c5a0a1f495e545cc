import type { Step } from '@flowstitch/correlator'
import { compareTimes } from '../format/time.ts'
import type { FlowIndex } from './flow-index.ts'
import { stepKey } from './refs.ts'

/** One stay of a flow in one service: a step and everything below it until a message or another service. */
export interface Visit {
  /** The key of its first step. */
  id: string
  service: string
  /** Parents before children, siblings in order of time. */
  steps: VisitStep[]
}

export interface VisitStep {
  key: string
  step: Step
  depth: number
}

export interface Visits {
  /** In order of time. */
  all: Visit[]
  byStep: Map<string, Visit>
}

export function findVisits(index: FlowIndex): Visits {
  const steps = [...index.steps.values()].sort(earliestFirst)
  const parents = new Map(steps.map((step) => [step, localParent(step, index)]))
  const children = Map.groupBy(steps, (step) => parents.get(step))
  const visits: Visits = { all: [], byStep: new Map() }
  for (const root of children.get(undefined) ?? []) addVisit(visits, root, children)
  // Steps whose parents form a ring have no first one; the earliest stands in for it.
  for (const step of steps) if (!visits.byStep.has(stepKey(step))) addVisit(visits, step, children)
  visits.all.sort((a, b) => compareTimes(beganAt(a), beganAt(b)))
  return visits
}

/** A poll may have waited for long before what it brought was sent; it counts from when it brought it. */
function beganAt({ steps: [first] }: Visit): string {
  const step = first?.step
  return (step?.operation === 'receive' ? step.endTimeUnixNano : step?.startTimeUnixNano) ?? ''
}

/** The parent in the same service, unless it is a message that led from one to the other. */
function localParent(step: Step, index: FlowIndex): Step | undefined {
  if (!step.parentSpanId) return undefined
  const parent = index.steps.get(stepKey({ traceId: step.traceId, spanId: step.parentSpanId }))
  if (!parent || parent.service !== step.service || parent === step) return undefined
  const arrivals = index.arrivals.get(stepKey(step)) ?? []
  const byMessage = arrivals.some(({ message }) => message.sent && stepKey(message.sent) === stepKey(parent))
  return byMessage ? undefined : parent
}

function addVisit(visits: Visits, root: Step, children: Map<Step | undefined, Step[]>): void {
  const visit: Visit = { id: stepKey(root), service: root.service, steps: [] }
  const open: VisitStep[] = [{ key: visit.id, step: root, depth: 0 }]
  for (let next = open.pop(); next; next = open.pop()) {
    if (visits.byStep.has(next.key)) continue
    visit.steps.push(next)
    visits.byStep.set(next.key, visit)
    const depth = next.depth + 1
    for (const child of (children.get(next.step) ?? []).toReversed()) {
      open.push({ key: stepKey(child), step: child, depth })
    }
  }
  visits.all.push(visit)
}

function earliestFirst(a: Step, b: Step): number {
  return (
    compareTimes(a.startTimeUnixNano, b.startTimeUnixNano) ||
    compareTimes(b.endTimeUnixNano, a.endTimeUnixNano) ||
    (stepKey(a) < stepKey(b) ? -1 : 1)
  )
}
