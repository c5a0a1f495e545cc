import { expect, test } from 'vitest'
import { depthsOf } from '../src/shapes/outline.ts'

test.each<[after: number[][], depths: number[]]>([
  [
    [[], [0], [1], [0], [1, 3]],
    [0, 1, 2, 1, 2],
  ],
  // Two that cause each other: the one that is told first stands at the top.
  [
    [[1], [0]],
    [0, 1],
  ],
  [[], []],
])('steps after %j stand %j deep', (after, depths) => {
  const steps = after.map((places) => ({ service: 's', kind: 'server', name: 'n', after: places }))
  expect(depthsOf(steps)).toEqual(depths)
})
