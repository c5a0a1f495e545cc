import type { Point } from './route.ts'

export type Direction = 'left' | 'right' | 'up' | 'down'

/** A place that can have the focus, by the middle of what is drawn. */
export interface Stop extends Point {
  id: string
}

/** What is beside the way counts this much more than what is along it. */
const ASIDE = 2.5
/** What lies more beside than ahead is taken only where nothing lies ahead. */
const BESIDE = 1e6

/** The nearest stop in a direction; what an arrow key moves to. */
export function nextStop(
  stops: readonly Stop[],
  from: string | undefined,
  direction: Direction,
): string | undefined {
  const start = stops.find((stop) => stop.id === from)
  if (!start) return stops[0]?.id
  let best: { id: string; cost: number } | undefined
  for (const stop of stops) {
    const { along, aside } = offset(start, stop, direction)
    if (along <= 1) continue
    const cost = along + ASIDE * aside + (aside > along * 2 ? BESIDE : 0)
    if (!best || cost < best.cost) best = { id: stop.id, cost }
  }
  return best?.id
}

/** Where effects lead first: the arrow key along the flow follows an edge before it looks around. */
export function followEdge(
  edges: ReadonlyArray<{ from: string; to: string; critical: boolean }>,
  from: string,
  direction: 'left' | 'right',
): string | undefined {
  const leaving = edges.filter((edge) => (direction === 'right' ? edge.from : edge.to) === from)
  const edge = leaving.find((candidate) => candidate.critical) ?? leaving[0]
  return direction === 'right' ? edge?.to : edge?.from
}

function offset(from: Point, to: Point, direction: Direction): { along: number; aside: number } {
  const x = to.x - from.x
  const y = to.y - from.y
  if (direction === 'right') return { along: x, aside: Math.abs(y) }
  if (direction === 'left') return { along: -x, aside: Math.abs(y) }
  return { along: direction === 'down' ? y : -y, aside: Math.abs(x) }
}
