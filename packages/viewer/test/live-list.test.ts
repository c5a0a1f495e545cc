import { expect, test } from 'vitest'
import type { FlowSummary } from '@flowstitch/correlator'
import { addChanges, mergeRows, NO_CHANGES, showHeld } from '../src/flows/live-list.ts'
import { flow, nanos } from './flow.ts'

function summary(id: string, startMs: number, version = 1): FlowSummary {
  return { ...flow({}), id, startTimeUnixNano: nanos(startMs), version }
}

const paged = [summary('c', 30), summary('b', 20), summary('a', 10)]
const ids = (rows: FlowSummary[]): string[] => rows.map(({ id }) => id)

test('a known flow is replaced where it stands', () => {
  const changes = addChanges(NO_CHANGES, [summary('b', 20, 7)])
  const { rows, held } = mergeRows(paged, changes)
  expect(ids(rows)).toEqual(['c', 'b', 'a'])
  expect(rows[1]?.version).toBe(7)
  expect(held).toBe(0)
})

test('an older version never replaces a newer one, neither among changes nor over a page', () => {
  const changes = addChanges(addChanges(NO_CHANGES, [summary('b', 20, 7)]), [summary('b', 20, 3)])
  expect(mergeRows(paged, changes).rows[1]?.version).toBe(7)
  expect(mergeRows([summary('b', 20, 9)], changes).rows[0]?.version).toBe(9)
})

test('a new flow waits until it is let in, and then stands at its place', () => {
  const changes = addChanges(NO_CHANGES, [summary('d', 25), summary('e', 40)])
  expect(mergeRows(paged, changes)).toEqual({ rows: paged, held: 2 })
  const shown = mergeRows(paged, showHeld(changes))
  expect(ids(shown.rows)).toEqual(['e', 'c', 'd', 'b', 'a'])
  expect(shown.held).toBe(0)
})

test('what was let in keeps changing in place while newer flows wait', () => {
  const shown = showHeld(addChanges(NO_CHANGES, [summary('d', 40)]))
  const later = addChanges(shown, [summary('d', 40, 2), summary('e', 50)])
  const { rows, held } = mergeRows(paged, later)
  expect(ids(rows)).toEqual(['d', 'c', 'b', 'a'])
  expect(rows[0]?.version).toBe(2)
  expect(held).toBe(1)
})
