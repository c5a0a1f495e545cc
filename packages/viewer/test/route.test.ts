import { expect, test } from 'vitest'
import { roundedPath } from '../src/graph/route.ts'

test('corners are rounded, ends are exact', () => {
  expect(
    roundedPath(
      [
        { x: 0, y: 0 },
        { x: 100, y: 0 },
        { x: 100, y: 50 },
      ],
      8,
    ),
  ).toBe('M0,0L92,0Q100,0 100,8L100,50')
})

test('a corner between short lines is rounded less', () => {
  expect(
    roundedPath(
      [
        { x: 0, y: 0 },
        { x: 6, y: 0 },
        { x: 6, y: 50 },
      ],
      8,
    ),
  ).toBe('M0,0L3,0Q6,0 6,3L6,50')
})

test('a point twice makes no nonsense', () => {
  expect(
    roundedPath([
      { x: 0, y: 0 },
      { x: 0, y: 0 },
      { x: 9, y: 0 },
    ]),
  ).not.toContain('NaN')
  expect(roundedPath([])).toBe('')
})
