import { hold } from '@flowstitch/fuzz'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { breakDown, SEGMENT_KINDS } from '../src/flow/breakdown.ts'
import { orderFlow, segment } from './flow.ts'

test('the kinds of time add up to the whole, in a fixed order', () => {
  const shares = breakDown(orderFlow().criticalPath)
  expect(shares.map(({ kind, ms }) => [kind, ms])).toEqual([
    ['work', 38],
    ['dwell', 32],
    ['retry', 30],
  ])
})

test('shares add up to one for any segments', () => {
  const parts = fc.array(fc.tuple(fc.constantFrom(...SEGMENT_KINDS), fc.integer({ min: 1, max: 1e8 })), {
    minLength: 1,
  })
  hold(
    fc.property(parts, (pieces) => {
      let at = 0
      const segments = pieces.map(([kind, ms]) => segment(kind, [at, (at += ms)]))
      const sum = breakDown(segments).reduce((total, { share }) => total + share, 0)
      expect(sum).toBeCloseTo(1, 9)
    }),
  )
})

test('a flow without time has no parts', () => {
  expect(breakDown([])).toEqual([])
  expect(breakDown([segment('work', [5, 5])])).toEqual([])
})
