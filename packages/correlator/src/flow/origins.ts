import { append } from '../append.ts'
import type { Span } from '../decode/span.ts'
import { causesOf, type Cause } from '../stitch/causes.ts'
import type { Spans } from '../stitch/spans.ts'

/** The flows that a span belongs to, found by walking up its causes. */
export interface Membership {
  flowIds: string[]
  /** There are more: the walk ended at the limit. */
  capped: boolean
}

/**
 * Walks up from the spans to all origins, or to the first `limit` flows. Causes that go in a circle have no
 * origin: a span below such a circle alone counts to its own trace.
 */
export function flowsOf(starts: readonly Span[], spans: Spans, limit: number): Membership {
  const flows = new Set<string>()
  const effects = new Map<Span, Span[]>()
  const ends: Span[] = []
  const seen = new Set(starts)
  const open = [...starts]
  for (let span = open.pop(); span && flows.size <= limit; span = open.pop()) {
    const causes = carryingCauses(span, spans)
    for (const { from, flowId } of causes) {
      if (flowId !== undefined) flows.add(flowId)
      if (!from) continue
      append(effects, from, span)
      if (!seen.has(from)) open.push(from)
      seen.add(from)
    }
    if (causes.length === 0) flows.add(span.traceId)
    if (!causes.some((cause) => cause.from)) ends.push(span)
  }
  if (flows.size <= limit) for (const span of withoutEnd(starts, ends, effects)) flows.add(span.traceId)
  return { flowIds: [...flows].sort().slice(0, limit), capped: flows.size > limit }
}

function carryingCauses(span: Span, spans: Spans): Cause[] {
  return [...causesOf(span, spans)].filter((cause) => cause.carries)
}

/** The spans that no end of the walk leads down to. */
function withoutEnd(
  starts: readonly Span[],
  ends: readonly Span[],
  effects: ReadonlyMap<Span, Span[]>,
): Span[] {
  const reached = new Set(ends)
  for (const span of reached) for (const effect of effects.get(span) ?? []) reached.add(effect)
  return starts.filter((span) => !reached.has(span))
}
