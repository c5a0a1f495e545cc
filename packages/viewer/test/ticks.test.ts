import { expect, test } from 'vitest'
import { foldTime, unfolded } from '../src/timeline/fold.ts'
import { WHOLE } from '../src/timeline/scale.ts'
import { roundStep, ticksOf } from '../src/timeline/ticks.ts'

test.each([
  [0.00013, 0.0002],
  [3, 5],
  [50, 50],
  [1100, 2000],
  [11_000, 15_000],
  [45_000, 60_000],
  [1_000_000, 1_800_000],
  [90_000_000, 172_800_000],
])('%d ms rounds up to a step of %d ms', (ms, step) => {
  expect(roundStep(ms)).toBeCloseTo(step, 9)
})

test('ticks stand at round times', () => {
  expect(ticksOf(unfolded(1000), WHOLE, 5)).toEqual([
    { at: 0, label: '0 ms' },
    { at: 0.2, label: '200 ms' },
    { at: 0.4, label: '400 ms' },
    { at: expect.closeTo(0.6), label: '600 ms' },
    { at: 0.8, label: '800 ms' },
    { at: 1, label: '1 s' },
  ])
})

test('a closer look has closer ticks', () => {
  const labels = ticksOf(unfolded(1000), { from: 0.5, to: 0.51 }, 5).map(({ label }) => label)
  expect(labels).toEqual(['500 ms', '502 ms', '504 ms', '506 ms', '508 ms', '510 ms'])
})

test('behind a folded gap they count anew, and none stands in a gap', () => {
  const day = 86_400_000
  const pieces = foldTime(
    [
      { from: 0, to: 100 },
      { from: day, to: day + 100 },
    ],
    day + 100,
  )
  const ticks = ticksOf(pieces, WHOLE)
  expect(ticks.some(({ label }) => label.startsWith('+'))).toBe(true)
  const gap = pieces.find(({ folded }) => folded)
  expect(ticks.filter(({ at }) => gap && at > gap.fromU && at < gap.toU)).toEqual([])
})
