import type { FlowIndex } from '../flow/flow-index.ts'
import type { Visit, VisitStep } from '../flow/visits.ts'
import { msBetween } from '../format/time.ts'
import { soleDelivery } from './bundles.ts'
import type { Lane, StepItem } from './graph-model.ts'
import type { RowNames } from './row-names.ts'

const MOST_ROWS = 9

interface Context {
  index: FlowIndex
  names: RowNames
  /** Ids of lines that edges hold on to. */
  linked: ReadonlySet<string>
  expanded: ReadonlySet<string>
  chain: boolean
}

/** A lane that stands for one visit, or for several that are alike. */
export function buildLane(
  members: readonly Visit[],
  { index, names, linked, expanded, chain }: Context,
): Lane {
  const visit = members[0] as Visit
  const steps = members.flatMap((member) => member.steps)
  const lines = Map.groupBy(steps, ({ key }) => names.ofStep.get(key) ?? key)
  const items = [...lines].map(([id, found]) => buildItem(id, found, index, names))
  const rows = expanded.has(visit.id) ? items : items.filter(shownIn(items, linked))
  const attempt = soleDelivery(visit, index)?.attempt
  const showAttempt = attempt && (chain || attempt.number > 1)
  return { id: visit.id, rows, hidden: items.length - rows.length, ...(showAttempt && { attempt }) }
}

function buildItem(id: string, steps: readonly VisitStep[], index: FlowIndex, names: RowNames): StepItem {
  const longest = steps.reduce((most, item) => (duration(item) > duration(most) ? item : most))
  const unfolds = names.unfolds.get(id)
  return {
    id,
    step: longest.step,
    depth: longest.depth,
    critical: steps.some(({ key }) => index.criticalSteps.has(key)),
    count: steps.length,
    ...(unfolds !== undefined && { unfolds }),
  }
}

function duration({ step }: VisitStep): number {
  return msBetween(step.startTimeUnixNano, step.endTimeUnixNano)
}

/** Lines with edges always show, then errors and the critical path, then whatever comes first. */
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
