import type { Span } from '../decode/span.ts'
import type { Clocks } from '../flow/clocks.ts'
import type { FlowEdge } from '../flow/edges.ts'
import type { ShapeStep } from '../model.ts'
import { lowCardinality } from './low-cardinality.ts'
import { shapeOf, type Origin, type Shape } from './shape.ts'
import { isTelling, kindOf } from './step-kind.ts'

/** The shape of one flow, and when it did what is in it. Times are nanoseconds on the origin's clock. */
export interface FlowShape {
  shape: Shape
  /** For each edge of the shape, how long after its cause the step came: milliseconds. */
  lags: readonly number[]
  /** For each step of the shape, the last of its kind. */
  last: readonly { span: Span; at: bigint }[]
}

/** What the shape is made of. */
export interface ShapeInput {
  origin: Span
  steps: readonly Span[]
  edges: readonly FlowEdge[]
  clocks: Clocks
}

/**
 * Steps of one kind are one, however many there are: retries, the messages of a batch, a fan-out. What does
 * not tell is left out, and what it caused is taken as caused by what caused it. So a shape depends neither
 * on the order of anything nor on how often it happened.
 */
export function flowShape(input: ShapeInput): FlowShape {
  return new ShapeWalk(input).shape()
}

export function originKindOf({ service, name: spanName }: Span): Origin {
  const name = lowCardinality(spanName)
  return { key: JSON.stringify([service, name]), service, name }
}

class ShapeWalk {
  readonly #input: ShapeInput
  readonly #keys = new Map<Span, string>()
  readonly #kinds = new Map<string, ShapeStep>()
  readonly #last = new Map<string, { span: Span; at: bigint }>()
  /** The shortest lag of each edge, by the key of its end, then of its start. */
  readonly #lags = new Map<string, Map<string, bigint>>()
  /** What caused the steps that do not tell. */
  readonly #above = new Map<Span, Span>()

  constructor(input: ShapeInput) {
    this.#input = input
  }

  shape(): FlowShape {
    const { origin, steps, edges } = this.#input
    const linked = new Set(edges.filter(({ evidence }) => evidence === 'link').map(({ to }) => to))
    for (const step of steps) if (step === origin || isTelling(step, linked.has(step))) this.#tell(step)
    for (const { from, to, carries } of edges)
      if (carries && !this.#keys.has(to) && !this.#above.has(to)) this.#above.set(to, from)
    for (const edge of edges) if (edge.carries) this.#cause(edge)
    const causes = new Map([...this.#lags].map(([key, lags]) => [key, lags.keys()]))
    const shape = shapeOf(originKindOf(origin), this.#kinds, causes)
    const { keys } = shape
    return {
      shape,
      lags: shape.edges.map(([from, to]) => Number(this.#lags.get(keys[to]!)!.get(keys[from]!)!) / 1e6),
      last: keys.map((key) => this.#last.get(key)!),
    }
  }

  #tell(span: Span): void {
    const { key, step } = kindOf(span)
    this.#keys.set(span, key)
    this.#kinds.set(key, step)
    const at = this.#timeOf(span)
    const last = this.#last.get(key)
    if (!last || at > last.at) this.#last.set(key, { span, at })
  }

  #cause({ from, to }: FlowEdge): void {
    const key = this.#keys.get(to)
    if (key === undefined) return
    const cause = this.#telling(from)
    const causeKey = cause && this.#keys.get(cause)
    if (causeKey === undefined || causeKey === key) return
    const lag = this.#timeOf(to) - this.#timeOf(cause!)
    let lags = this.#lags.get(key)
    if (!lags) this.#lags.set(key, (lags = new Map()))
    const known = lags.get(causeKey)
    if (known === undefined || lag < known) lags.set(causeKey, lag < 0n ? 0n : lag)
  }

  /** The nearest step above that tells; nothing where causes go in a circle. */
  #telling(span: Span): Span | undefined {
    const path = new Set<Span>()
    let at: Span | undefined = span
    while (at && !this.#keys.has(at)) {
      if (path.has(at)) return undefined
      path.add(at)
      at = this.#above.get(at)
    }
    // What was walked once is a short way from then on.
    if (at) for (const passed of path) this.#above.set(passed, at)
    return at
  }

  /** A receive that waits for messages has them when it ends. */
  #timeOf(span: Span): bigint {
    const { clocks } = this.#input
    return span.operation === 'receive' ? clocks.endOf(span) : clocks.startOf(span)
  }
}
