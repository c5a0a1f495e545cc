import type { DDSketch } from '@datadog/sketches-js'
import type { MissingStep } from '../model.ts'
import type { FlowShape } from './flow-shape.ts'
import { flowsOfShape, type Following, type OriginCounts, type ShapeCounts } from './statistics.ts'

/** So many flows, and so large a share of them, make a step normal. */
export const FEWEST_FLOWS = 20
const LEAST_SHARE = 0.95
/** So many flows, and at most such a share of them, make a shape rare. */
const FEWEST_FOR_RARE = 100
const RARE_SHARE = 0.01

/**
 * The steps that normally follow one that the flow has, and should have come by now. What would follow a
 * missing step is not told. Times are milliseconds; `graceMs` is what telemetry may take.
 */
export function missingSteps(
  { shape, last }: FlowShape,
  { steps, followings }: OriginCounts,
  now: number,
  graceMs: number,
): MissingStep[] {
  const present = new Set(shape.keys)
  const latest = BigInt(Math.round(now - graceMs)) * 1_000_000n
  const missing = new Map<string, { step: MissingStep; due: bigint }>()
  for (const [place, key] of shape.keys.entries())
    for (const following of followings.get(key)?.values() ?? []) {
      const ofFlows = steps.get(key) ?? 0
      if (present.has(following.to) || !isNormal(following, ofFlows)) continue
      const { span, at } = last[place]!
      const usualMs = { p50: quantile(following.lagMs, 0.5), p99: quantile(following.lagMs, 0.99) }
      const due = at + BigInt(Math.round(usualMs.p99 * 1e6))
      const other = missing.get(following.to)
      if (due > latest || (other && other.due <= due)) continue
      const step = {
        ...following.shape.steps[following.place]!,
        after: { traceId: span.traceId, spanId: span.spanId },
        flows: following.flows,
        ofFlows,
        usualMs,
        overdueSinceUnixNano: due.toString(),
      }
      missing.set(following.to, { step, due })
    }
  return [...missing.entries()]
    .sort(([a, { due }], [b, other]) => (due === other.due ? (a < b ? -1 : 1) : due < other.due ? -1 : 1))
    .map(([, { step }]) => step)
}

function isNormal({ flows }: Following, ofFlows: number): boolean {
  return ofFlows >= FEWEST_FLOWS && flows >= ofFlows * LEAST_SHARE
}

/** Whether flows of the origin seldom have the shape, as far as there are enough to tell. */
export function isRare(shape: ShapeCounts | undefined, { flows }: OriginCounts): boolean {
  return flows >= FEWEST_FOR_RARE && (shape ? flowsOfShape(shape) : 0) <= flows * RARE_SHARE
}

export function quantile(sketch: DDSketch, of: number): number {
  return sketch.getValueAtQuantile(of)
}
