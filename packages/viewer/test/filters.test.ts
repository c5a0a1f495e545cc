import { expect, test } from 'vitest'
import { formatFilters, matches, parseFilters, toApiParams, type FlowFilters } from '../src/flows/filters.ts'
import { flow } from './flow.ts'

const now = 1_762_180_100_000
const summary = flow({})

test('filters survive the way through the address', () => {
  const filters: FlowFilters = {
    q: 'a b&c',
    service: 'shop',
    state: 'failed',
    shape: '5ad1c0ffee5ad1c0',
    min: '1.5s',
  }
  expect(parseFilters(formatFilters(filters))).toEqual(filters)
})

test('an unknown state and empty values are no filters', () => {
  expect(parseFilters('state=weird&service=&other=1')).toEqual({})
})

test('the API gets milliseconds and nanoseconds', () => {
  expect(toApiParams({ min: '1.5s', last: '15m' }, now)).toMatchObject({
    minDurationMs: 1500,
    since: `${(BigInt(now) - 900_000n) * 1_000_000n}`,
    until: undefined,
  })
})

test('a fixed range is meant in local time', () => {
  const since = '2026-11-03T14:00'
  const expected = `${BigInt(new Date(2026, 10, 3, 14, 0).getTime()) * 1_000_000n}`
  expect(toApiParams({ since, until: 'nonsense' }, now)).toMatchObject({ since: expected, until: undefined })
})

test.each<[FlowFilters, 'yes' | 'no' | 'unknown']>([
  [{}, 'yes'],
  [{ state: 'quiet', service: 'shop', destination: 'orders', system: 'kafka', min: '100ms' }, 'yes'],
  [{ state: 'failed' }, 'no'],
  [{ service: 'billing' }, 'no'],
  [{ destination: 'payments' }, 'no'],
  [{ system: 'nats' }, 'no'],
  [{ shape: '5ad1c0ffee5ad1c0' }, 'yes'],
  [{ shape: '0dd0dd0dd0dd0dd0' }, 'no'],
  [{ min: '1s' }, 'no'],
  [{ last: '15m' }, 'yes'],
  [{ last: '1s' }, 'no'],
  [{ q: 'anything' }, 'unknown'],
  [{ q: 'anything', state: 'failed' }, 'no'],
])('with %j a changed flow belongs in the list: %s', (filters, verdict) => {
  expect(matches(filters, summary, now)).toBe(verdict)
})
