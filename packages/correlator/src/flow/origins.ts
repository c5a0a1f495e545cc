import type { Span } from '../decode/span.ts'
import { causesOf } from '../stitch/causes.ts'
import type { Spans } from '../stitch/spans.ts'

/** The flows that a span belongs to, found by walking up its causes. */
export interface Membership {
  flowIds: string[]
  /** There are more: the walk ended at the limit. */
  capped: boolean
}

/** Walks up from the spans to all origins, or to the first `limit` flows. */
export function flowsOf(starts: readonly Span[], spans: Spans, limit: number): Membership {
  const flows = new Set<string>()
  const seen = new Set(starts)
  const open = [...starts]
  while (open.length > 0 && flows.size <= limit) {
    const span = open.pop()!
    let caused = false
    for (const cause of causesOf(span, spans)) {
      if (!cause.carries) continue
      caused = true
      if (cause.flowId !== undefined) flows.add(cause.flowId)
      else if (cause.from && !seen.has(cause.from)) {
        seen.add(cause.from)
        open.push(cause.from)
      }
      if (flows.size > limit) break
    }
    if (!caused) flows.add(span.traceId)
  }
  if (flows.size === 0) flows.add(smallestTrace(seen))
  const flowIds = [...flows].sort().slice(0, limit)
  return { flowIds, capped: flows.size > limit }
}

/** Links that go in a circle have no origin; the smallest trace id stands for it, wherever one starts. */
function smallestTrace(spans: Iterable<Span>): string {
  let smallest = ''
  for (const { traceId } of spans) if (smallest === '' || traceId < smallest) smallest = traceId
  return smallest
}
