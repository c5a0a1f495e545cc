import { createHash } from 'node:crypto'
import type { ShapeStep } from '../model.ts'

/** What flows start with. Flows of one origin are compared with each other. */
export interface Origin {
  key: string
  service: string
  name: string
}

/** What a flow does, without how often, for how long and with what outcome. */
export interface Shape {
  /** Of all of it, so that two flows have the same id if, and only if, they have the same shape. */
  id: string
  origin: Origin
  /** In order of `keys`, which are sorted. */
  steps: readonly ShapeStep[]
  keys: readonly string[]
  /** "from caused to", as places in `steps`, sorted. */
  edges: readonly (readonly [from: number, to: number])[]
}

/** More kinds of steps than this are no shape but names that tell nothing. */
const MAX_STEPS = 500

/** @param causes the keys of the kinds that caused a kind, by its key */
export function shapeOf(
  origin: Origin,
  kinds: ReadonlyMap<string, ShapeStep>,
  causes: ReadonlyMap<string, Iterable<string>>,
): Shape {
  const keys = [...kinds.keys()].sort().slice(0, MAX_STEPS)
  const places = new Map(keys.map((key, place) => [key, place]))
  const edges = keys.flatMap((key, to) =>
    [...(causes.get(key) ?? [])].flatMap((cause) => {
      const from = places.get(cause)
      return from === undefined ? [] : [[from, to] as const]
    }),
  )
  edges.sort(([a, b], [c, d]) => a - c || b - d)
  const steps = keys.map((key) => kinds.get(key)!)
  return { id: idOf(origin, keys, edges), origin, steps, keys, edges }
}

/** The places of the steps as they are told: each after what first causes it, and next to it. */
export function causalOrder({ steps, edges }: Shape): number[] {
  const caused = new Set(edges.map(([, to]) => to))
  const order = new Set<number>()
  const visit = (place: number): void => {
    const open = [place]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (order.has(at)) continue
      order.add(at)
      const next = edges.filter(([from]) => from === at).map(([, to]) => to)
      open.push(...next.toReversed())
    }
  }
  for (const place of steps.keys()) if (!caused.has(place)) visit(place)
  // What is left are circles.
  for (const place of steps.keys()) visit(place)
  return [...order]
}

/** 64 bits: among a thousand shapes, two of them are the same once in 10¹³ times. */
function idOf(origin: Origin, keys: readonly string[], edges: Shape['edges']): string {
  const whole = JSON.stringify([origin.key, keys, edges])
  return createHash('sha256').update(whole).digest('hex').slice(0, 16)
}
