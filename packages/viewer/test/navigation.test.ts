import { expect, test } from 'vitest'
import { followEdge, nextStop } from '../src/graph/navigation.ts'

const stops = [
  { id: 'left', x: 0, y: 100 },
  { id: 'middle', x: 200, y: 100 },
  { id: 'above', x: 210, y: 20 },
  { id: 'right', x: 400, y: 130 },
  { id: 'far', x: 380, y: 600 },
]

test.each([
  ['middle', 'left', 'left'],
  ['middle', 'right', 'right'],
  ['middle', 'up', 'above'],
  ['middle', 'down', 'far'],
  ['right', 'right', undefined],
  ['right', 'down', 'far'],
] as const)('from %s to the %s is %s', (from, direction, expected) => {
  expect(nextStop(stops, from, direction)).toBe(expected)
})

test('from nowhere one comes to the first stop', () => {
  expect(nextStop(stops, 'gone', 'down')).toBe('left')
})

test('right follows the critical path, left leads back', () => {
  const edges = [
    { from: 'a', to: 'b', critical: false },
    { from: 'a', to: 'c', critical: true },
  ]
  expect(followEdge(edges, 'a', 'right')).toBe('c')
  expect(followEdge(edges, 'b', 'left')).toBe('a')
  expect(followEdge(edges, 'c', 'right')).toBeUndefined()
})
