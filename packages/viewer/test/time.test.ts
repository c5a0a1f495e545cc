import { expect, test } from 'vitest'
import { compareTimes, formatAbsolute, formatAgo, msBetween, toUnixNano } from '../src/format/time.ts'

const now = new Date(2026, 10, 3, 14, 22, 1, 123)
const unixNano = `${toUnixNano(now.getTime()).slice(0, -6)}456789`

test('differences keep their nanoseconds across days', () => {
  expect(msBetween('1762180000000000000', '1762180000000000001')).toBe(0.000001)
  expect(msBetween('1762180000000000000', '1762439200000001000')).toBe(259_200_000.001)
  expect(msBetween('5', '3')).toBe(-0.000002)
})

test('times sort without parsing, whatever their length', () => {
  expect(['1000', '999', '20', '1001'].sort(compareTimes)).toEqual(['20', '999', '1000', '1001'])
})

test('absolute times are local and have microseconds', () => {
  expect(formatAbsolute(unixNano)).toBe('2026-11-03 14:22:01.123456')
})

test.each([
  [400, 'just now'],
  [12_400, '12 s ago'],
  [119_000, '1 m ago'],
  [7_300_000, '2 h ago'],
  [400_000_000, '4 d ago'],
  [-3000, 'just now'],
  [-200_000, 'in 3 m'],
])('%d ms after a time it was %s', (ms, text) => {
  expect(formatAgo(toUnixNano(now.getTime()), now.getTime() + ms)).toBe(text)
})
