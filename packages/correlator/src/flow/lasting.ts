import type { Span } from '../decode/span.ts'
import type { FlowEdge } from './edges.ts'

/**
 * The steps that a flow lasts as long as: all but those that settle, with what they do for it. An automatic commit
 * tells the broker seconds later that the work was done; nobody waits for it. Where there is nothing else, it counts.
 */
export function lastingSteps(steps: readonly Span[], edges: readonly FlowEdge[]): readonly Span[] {
  const settling = new Set(steps.filter(({ operation }) => operation === 'settle'))
  for (let before = 0; before < settling.size;) {
    before = settling.size
    for (const { from, to, evidence } of edges)
      if (evidence === 'parent' && settling.has(from)) settling.add(to)
  }
  const lasting = steps.filter((step) => !settling.has(step))
  return lasting.length > 0 ? lasting : steps
}
