import type { DDSketch } from '@datadog/sketches-js'
import type { ShapeFrequency } from '../model.ts'
import type { OriginReport, ShapeReport } from '../reports.ts'
import { isOthers } from './learned.ts'
import { FEWEST_FLOWS, isRare, quantile } from './missing.ts'
import { causalOrder, type Shape } from './shape.ts'
import { flowsOfShape, type OriginCounts, type ShapeCounts } from './statistics.ts'

/** Of one origin, the commonest shapes are told. */
const MOST_SHAPES = 50

/** What is said about the flows of one origin, its commonest shape first. */
export function reportOf(counts: OriginCounts): OriginReport {
  const all = [...counts.shapes.values()].sort(byFlows)
  const told = all.filter(({ shape }) => !isOthers(shape)).slice(0, MOST_SHAPES)
  const flows = told.reduce((sum, shape) => sum + flowsOfShape(shape), 0)
  return {
    service: counts.origin.service,
    name: counts.origin.name,
    flows: counts.flows,
    shapes: told.map((shape) => shapeReport(shape, counts)),
    ...(flows < counts.flows && { otherFlows: counts.flows - flows }),
  }
}

/** How common the shape is among the flows of its origin; undefined where these are few. */
export function frequencyOf(shapeId: string, counts: OriginCounts): ShapeFrequency | undefined {
  if (counts.flows < FEWEST_FLOWS) return undefined
  const shape = counts.shapes.get(shapeId)
  return { flows: shape ? flowsOfShape(shape) : 0, ofFlows: counts.flows, rare: isRare(shape, counts) }
}

function shapeReport(counts: ShapeCounts, origin: OriginCounts): ShapeReport {
  const { shape, newest } = counts
  return {
    id: shape.id,
    flows: flowsOfShape(counts),
    failed: counts.counts.failed,
    truncated: counts.counts.truncated,
    rare: isRare(counts, origin),
    durationMs: percentiles(counts.durationMs),
    stepCount: percentiles(counts.stepCount),
    steps: stepsOf(shape),
    newestFlowIds: newest.map(({ id }) => id),
  }
}

function stepsOf(shape: Shape): ShapeReport['steps'] {
  const order = causalOrder(shape)
  const told = new Map(order.map((place, index) => [place, index]))
  const after = shape.steps.map((): number[] => [])
  for (const [from, to] of shape.edges) after[to]!.push(told.get(from)!)
  return order.map((place) => ({ ...shape.steps[place]!, after: after[place]!.sort((a, b) => a - b) }))
}

function byFlows(a: ShapeCounts, b: ShapeCounts): number {
  return flowsOfShape(b) - flowsOfShape(a) || (a.shape.id < b.shape.id ? -1 : 1)
}

function percentiles(sketch: DDSketch): ShapeReport['durationMs'] {
  return { p50: quantile(sketch, 0.5), p90: quantile(sketch, 0.9), p99: quantile(sketch, 0.99) }
}
