import type { Origin, Shape } from './shape.ts'

/** What is remembered of a flow in which nothing happens any more. */
export interface LearnedFlow {
  id: string
  /** Nanoseconds since the epoch. */
  start: bigint
  durationMs: number
  stepCount: number
  outcome: Outcome
  shape: Shape
  /** Milliseconds, for each edge of the shape. */
  lags: readonly number[]
  /** How many visits the learner had had when it looked at the flow. */
  visits: number
}

/** `truncated` flows are not whole, so that what they lack says nothing; nor does it where one `failed`. */
export type Outcome = 'done' | 'failed' | 'truncated'

/** How much is remembered. */
export interface LearnedLimits {
  /** Flows of one origin: its newest count. */
  perOrigin: number
  /** Flows in all; where there are more, each origin has the same number at most. */
  flows: number
  /** Steps and edges of all different shapes together. */
  parts: number
}

/** How far it is let go over its limits, so that cutting back is rare. */
const SLACK = 1.25
const NO_SHAPE = 'others'

/**
 * The flows that statistics rest on. What is asked of it depends on the set of flows alone, as long as that
 * is within the limits. Beyond them, the newest of each origin are kept, and rare shapes become `others`.
 */
export class LearnedFlows {
  readonly #limits: LearnedLimits
  readonly #flows = new Map<string, LearnedFlow>()
  readonly #perOrigin = new Map<string, number>()
  /** Each shape once, by id. */
  readonly #shapes = new Map<string, Shape>()
  #parts = 0

  constructor(limits: LearnedLimits) {
    this.#limits = limits
  }

  get(flowId: string): LearnedFlow | undefined {
    return this.#flows.get(flowId)
  }

  ids(): string[] {
    return [...this.#flows.keys()]
  }

  /** As they are now: what is learned later does not change it. */
  all(): LearnedFlow[] {
    return [...this.#flows.values()]
  }

  /** Puts the flow in the place of what was known of it. */
  learn(flow: LearnedFlow): void {
    this.forget(flow.id)
    this.#flows.set(flow.id, { ...flow, shape: this.#known(flow.shape) })
    const { key } = flow.shape.origin
    const count = (this.#perOrigin.get(key) ?? 0) + 1
    this.#perOrigin.set(key, count)
    if (count > this.#limits.perOrigin * SLACK || this.#flows.size > this.#limits.flows * SLACK)
      this.#cutBack()
  }

  forget(flowId: string): void {
    const flow = this.#flows.get(flowId)
    if (!flow) return
    this.#flows.delete(flowId)
    const { key } = flow.shape.origin
    const left = this.#perOrigin.get(key)! - 1
    if (left > 0) this.#perOrigin.set(key, left)
    else this.#perOrigin.delete(key)
  }

  #known(shape: Shape): Shape {
    const known = this.#shapes.get(shape.id)
    if (known) return known
    this.#shapes.set(shape.id, shape)
    this.#parts += partsOf(shape)
    if (this.#parts > this.#limits.parts) this.#forgetShapes()
    return this.#shapes.get(shape.id) ?? othersOf(shape.origin)
  }

  /** Flows of the rarest shapes become `others`, until three quarters of the room are used. */
  #forgetShapes(): void {
    const flows = Map.groupBy(this.#flows.values(), ({ shape }) => shape.id)
    const byFlows = [...this.#shapes.values()].sort(
      (a, b) => (flows.get(a.id)?.length ?? 0) - (flows.get(b.id)?.length ?? 0) || (a.id < b.id ? -1 : 1),
    )
    for (const shape of byFlows) {
      if (this.#parts <= (this.#limits.parts * 3) / 4) break
      this.#shapes.delete(shape.id)
      this.#parts -= partsOf(shape)
      for (const flow of flows.get(shape.id) ?? [])
        this.#flows.set(flow.id, { ...flow, shape: othersOf(shape.origin), lags: [] })
    }
  }

  /** The newest of each origin stay, as many of each as there is room for. */
  #cutBack(): void {
    const { perOrigin, flows } = this.#limits
    const counts = [...this.#perOrigin.values()]
    const quota = Math.min(perOrigin, quotaOf(counts, flows))
    for (const ofOrigin of Map.groupBy(this.#flows.values(), ({ shape }) => shape.origin.key).values()) {
      if (ofOrigin.length <= quota) continue
      ofOrigin.sort((a, b) => (a.start === b.start ? (a.id < b.id ? -1 : 1) : a.start > b.start ? -1 : 1))
      for (const { id } of ofOrigin.slice(quota)) this.forget(id)
    }
  }
}

/** The most that each may have so that all together have no more than `total`. */
function quotaOf(counts: number[], total: number): number {
  const sorted = counts.toSorted((a, b) => a - b)
  let left = total
  for (const [index, count] of sorted.entries()) {
    const share = Math.floor(left / (sorted.length - index))
    if (count > share) return Math.max(1, share)
    left -= count
  }
  return Infinity
}

/** A flow whose shape nobody has room for. */
function othersOf(origin: Origin): Shape {
  return { id: NO_SHAPE, origin, steps: [], keys: [], edges: [] }
}

export function isOthers({ id }: Shape): boolean {
  return id === NO_SHAPE
}

function partsOf({ steps, edges }: Shape): number {
  return steps.length + edges.length
}
