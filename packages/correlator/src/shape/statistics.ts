import { DDSketch } from '@datadog/sketches-js'
import type { LearnedFlow, Outcome } from './learned.ts'
import { isOthers } from './learned.ts'
import type { Origin, Shape } from './shape.ts'

/** What flows of one shape come to. */
export interface ShapeCounts {
  shape: Shape
  counts: Record<Outcome, number>
  durationMs: DDSketch
  stepCount: DDSketch
  /** The newest ones, the newest first. */
  newest: LearnedFlow[]
}

/** How often a step follows another one, and after how long. */
export interface Following {
  from: string
  to: string
  shape: Shape
  place: number
  flows: number
  lagMs: DDSketch
}

/** What flows of one origin come to. */
export interface OriginCounts {
  origin: Origin
  flows: number
  shapes: Map<string, ShapeCounts>
  /** In how many of the flows that are done each step is, by its key, if it has had the chance to lead to something. */
  steps: Map<string, number>
  /** By the key of the step that comes first. */
  followings: Map<string, Map<string, Following>>
}

const NEWEST = 3

/** Adds flows up. Pure: the order in which they come changes nothing. */
export class ShapeStatistics {
  readonly origins: Map<string, OriginCounts> = new Map()

  add(flow: LearnedFlow): void {
    const { shape, outcome } = flow
    const origin = this.#originOf(shape.origin)
    origin.flows++
    const counts = shapeIn(origin, shape)
    counts.counts[outcome]++
    counts.durationMs.accept(flow.durationMs)
    counts.stepCount.accept(flow.stepCount)
    keepNewest(counts.newest, flow)
    if (outcome === 'done' && !isOthers(shape)) addSteps(origin, flow)
  }

  #originOf(origin: Origin): OriginCounts {
    let found = this.origins.get(origin.key)
    if (!found) {
      found = { origin, flows: 0, shapes: new Map(), steps: new Map(), followings: new Map() }
      this.origins.set(origin.key, found)
    }
    return found
  }
}

export function flowsOfShape({ counts }: ShapeCounts): number {
  return counts.done + counts.failed + counts.truncated
}

function shapeIn({ shapes }: OriginCounts, shape: Shape): ShapeCounts {
  let found = shapes.get(shape.id)
  if (!found) {
    const counts = { done: 0, failed: 0, truncated: 0 }
    found = { shape, counts, durationMs: sketch(), stepCount: sketch(), newest: [] }
    shapes.set(shape.id, found)
  }
  return found
}

/**
 * A message that nobody has got says nothing about who gets such messages: a step that sends and leads to
 * nothing does not count. Otherwise a consumer that is down for a while would soon be no longer expected.
 */
function addSteps(origin: OriginCounts, { shape, lags }: LearnedFlow): void {
  const { steps, keys, edges } = shape
  const leading = new Set(edges.map(([from]) => from))
  for (const [place, key] of keys.entries())
    if (leading.has(place) || steps[place]!.kind !== 'send')
      origin.steps.set(key, (origin.steps.get(key) ?? 0) + 1)
  for (const [index, [from, to]] of edges.entries()) {
    const following = followingIn(origin, shape, keys[from]!, to)
    following.flows++
    following.lagMs.accept(lags[index]!)
  }
}

function followingIn({ followings }: OriginCounts, shape: Shape, from: string, place: number): Following {
  const to = shape.keys[place]!
  let after = followings.get(from)
  if (!after) followings.set(from, (after = new Map()))
  let found = after.get(to)
  if (!found) {
    found = { from, to, shape, place, flows: 0, lagMs: sketch() }
    after.set(to, found)
  }
  return found
}

function keepNewest(newest: LearnedFlow[], flow: LearnedFlow): void {
  newest.push(flow)
  newest.sort((a, b) => (a.start === b.start ? (a.id < b.id ? -1 : 1) : a.start > b.start ? -1 : 1))
  if (newest.length > NEWEST) newest.pop()
}

function sketch(): DDSketch {
  return new DDSketch({ relativeAccuracy: 0.01 })
}
