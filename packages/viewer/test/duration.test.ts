import { hold } from '@flowstitch/fuzz'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDuration, parseDuration } from '../src/format/duration.ts'

test.each([
  [0, '0 ms'],
  [0.00032, '320 ns'],
  [0.0412, '41.2 µs'],
  [0.99999, '1 ms'],
  [1.2345, '1.23 ms'],
  [218.4, '218 ms'],
  [999.7, '1 s'],
  [1240, '1.24 s'],
  [59_960, '1 m'],
  [192_000, '3 m 12 s'],
  [3_599_800, '1 h'],
  [15_000_000, '4 h 10 m'],
  [86_399_000, '1 d'],
  [187_200_000, '2 d 4 h'],
  [-5, '−5 ms'],
  [Number.NaN, '–'],
])('%d ms reads as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test.each([
  ['250', 250],
  ['250ms', 250],
  [' 1.5 s ', 1500],
  ['2m', 120_000],
  ['3H', 10_800_000],
  ['1d', 86_400_000],
])('%j is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each(['', 'soon', '5 weeks', '-3s', '1e9', '1.2.3s'])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined()
})

test('what is written for a short duration reads back within a hundredth', () => {
  hold(
    fc.property(fc.double({ min: 1, max: 59_000, noNaN: true }), (ms) => {
      const back = parseDuration(formatDuration(ms)) ?? Number.NaN
      expect(Math.abs(back - ms) / ms).toBeLessThan(0.01)
    }),
  )
})
