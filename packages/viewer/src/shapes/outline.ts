import type { ShapeReport } from '@flowstitch/correlator'

/** How deep each step of a shape stands: below the first of those that cause it, which are told before it. */
export function depthsOf(steps: ShapeReport['steps']): number[] {
  const depths: number[] = []
  for (const [place, { after }] of steps.entries()) {
    const cause = after.find((other) => other < place)
    depths.push(cause === undefined ? 0 : depths[cause]! + 1)
  }
  return depths
}
