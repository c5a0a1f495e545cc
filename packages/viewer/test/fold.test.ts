import { hold } from '@flowstitch/fuzz'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foldTime, unfolded, type Interval } from '../src/timeline/fold.ts'
import { timeToU, uToTime } from '../src/timeline/scale.ts'

const DAY = 86_400_000
const folds = (busy: Interval[], total: number): Array<[number, number]> =>
  foldTime(busy, total)
    .filter(({ folded }) => folded)
    .map(({ from, to }) => [from, to])

test('days between bursts of work are folded', () => {
  expect(
    folds(
      [
        { from: 0, to: 30 },
        { from: 2 * DAY, to: 2 * DAY + 200 },
      ],
      2 * DAY + 200,
    ),
  ).toEqual([[30, 2 * DAY]])
})

test('three equal backoffs are all folded, though none dwarfs the other two', () => {
  const busy = [0, 10_000, 20_000, 30_000].map((from) => ({ from, to: from + 50 }))
  expect(folds(busy, 30_050)).toEqual([
    [50, 10_000],
    [10_050, 20_000],
    [20_050, 30_000],
  ])
})

test('time in queues of the size of the work stays as it is', () => {
  const busy = [0, 300, 600].map((from) => ({ from, to: from + 100 }))
  expect(folds(busy, 700)).toEqual([])
})

test('nothing below a second is folded', () => {
  expect(
    folds(
      [
        { from: 0, to: 1 },
        { from: 900, to: 901 },
      ],
      901,
    ),
  ).toEqual([])
})

test('waiting at the end, after all work, is folded too', () => {
  expect(folds([{ from: 0, to: 30 }], 5 * DAY)).toEqual([[30, 5 * DAY]])
})

test('a flow without any time is one piece', () => {
  expect(foldTime([], 0)).toEqual([{ from: 0, to: 0, folded: false, fromU: 0, toU: 1 }])
})

const interval = fc
  .tuple(fc.double({ min: 0, max: 9e8, noNaN: true }), fc.double({ min: 0, max: 1e6, noNaN: true }))
  .map(([from, length]) => ({ from, to: from + length }))

test('pieces cover the axis without gap or overlap, and time runs forward on it', () => {
  hold(
    fc.property(fc.array(interval, { minLength: 1 }), (busy) => {
      const total = Math.max(...busy.map(({ to }) => to))
      const pieces = foldTime(busy, total)
      expect(pieces.at(-1)).toMatchObject({ to: total, toU: 1 })
      for (const [at, piece] of pieces.entries()) {
        const before = pieces[at - 1] ?? { to: 0, toU: 0 }
        expect(piece).toMatchObject({ from: before.to, fromU: before.toU })
        expect(piece.toU).toBeGreaterThan(piece.fromU)
      }
      // Work is never folded away.
      for (const { from, to } of busy) {
        expect(pieces.some((piece) => piece.folded && from < piece.to && to > piece.from)).toBe(false)
      }
    }),
  )
})

test('a time and its place on the axis lead back to each other', () => {
  const pieces = foldTime(
    [
      { from: 0, to: 30 },
      { from: DAY, to: DAY + 70 },
    ],
    DAY + 70,
  )
  for (const ms of [0, 12, 30, 30 + DAY / 2, DAY, DAY + 70]) {
    expect(uToTime(pieces, timeToU(pieces, ms))).toBeCloseTo(ms, 3)
  }
  expect(timeToU(unfolded(200), 50)).toBe(0.25)
})
