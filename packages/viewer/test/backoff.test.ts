import { expect, test } from 'vitest'
import { backoffMs } from '../src/api/backoff.ts'

test('tries come slower and slower, but never slower than every 15 s', () => {
  expect([0, 1, 2, 3, 10, 1000].map((failures) => backoffMs(failures, 1))).toEqual([
    500, 1000, 2000, 4000, 15_000, 15_000,
  ])
})

test('no two pages need to try at the same moment', () => {
  expect(backoffMs(4, 0)).toBe(6000)
  expect(backoffMs(4, 1)).toBe(8000)
})
