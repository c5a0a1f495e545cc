export interface Point {
  x: number
  y: number
}

/** An SVG path along the points, its corners rounded by at most `radius`. */
export function roundedPath(points: readonly Point[], radius = 8): string {
  const [first, ...rest] = points
  if (!first) return ''
  let path = `M${first.x},${first.y}`
  for (const [position, corner] of rest.entries()) {
    const before = points[position] as Point
    const after = rest[position + 1]
    if (!after) return `${path}L${corner.x},${corner.y}`
    const size = Math.min(radius, distance(before, corner) / 2, distance(corner, after) / 2)
    const enter = towards(corner, before, size)
    const leave = towards(corner, after, size)
    path += `L${enter.x},${enter.y}Q${corner.x},${corner.y} ${leave.x},${leave.y}`
  }
  return path
}

function towards(from: Point, to: Point, by: number): Point {
  const far = distance(from, to)
  if (far === 0) return from
  return { x: from.x + ((to.x - from.x) * by) / far, y: from.y + ((to.y - from.y) * by) / far }
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y)
}
