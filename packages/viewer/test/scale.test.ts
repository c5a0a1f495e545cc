import { hold } from '@flowstitch/fuzz'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pan, uToView, WHOLE, zoom } from '../src/timeline/scale.ts'

test('zooming keeps the place under the pointer', () => {
  const view = zoom(WHOLE, 0.5, 0.2)
  expect(uToView(view, 0.2)).toBeCloseTo(0.2)
  expect(view.to - view.from).toBeCloseTo(0.5)
})

test('zooming out ends at the whole, panning ends at the edges', () => {
  expect(zoom({ from: 0.4, to: 0.6 }, 100, 0.5)).toEqual(WHOLE)
  expect(pan({ from: 0.4, to: 0.6 }, -10)).toEqual({ from: 0, to: expect.closeTo(0.2) })
  expect(pan({ from: 0.4, to: 0.6 }, 10)).toEqual({ from: expect.closeTo(0.8), to: expect.closeTo(1) })
})

test('no row of zooms and pans leaves the axis', () => {
  const move = fc.oneof(
    fc.record({
      factor: fc.double({ min: 0.01, max: 50, noNaN: true }),
      anchor: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    fc.record({ by: fc.double({ min: -3, max: 3, noNaN: true }) }),
  )
  hold(
    fc.property(fc.array(move), (moves) => {
      const view = moves.reduce(
        (at, step) => ('by' in step ? pan(at, step.by) : zoom(at, step.factor, step.anchor)),
        WHOLE,
      )
      expect(view.from).toBeGreaterThanOrEqual(0)
      expect(view.to).toBeLessThanOrEqual(1 + 1e-12)
      expect(view.to).toBeGreaterThan(view.from)
    }),
  )
})
