import { expect, test } from 'vitest'
import type { DestinationReport } from '@flowstitch/correlator'
import { sortReports } from '../src/destinations/sort.ts'

function report(destination: string, counts: Partial<DestinationReport>): DestinationReport {
  const none = {
    sent: 0,
    processed: 0,
    inFlight: 0,
    failed: 0,
    retried: 0,
    deadLettered: 0,
    lost: 0,
    unknown: 0,
    reasons: {},
    groups: [],
  }
  return { system: 'kafka', destination, ...none, ...counts }
}

const reports = [
  report('calm', { sent: 9000 }),
  report('stuck', { inFlight: 40 }),
  report('dead', { deadLettered: 1, inFlight: 2 }),
  report('lossy', { lost: 1 }),
  report('busy', { sent: 9000, retried: 3 }),
]
const order = (by: Parameters<typeof sortReports>[1]): string[] =>
  sortReports(reports, by).map(({ destination }) => destination)

test('what needs a look comes first: lost, dead, stuck, retried', () => {
  expect(order('trouble')).toEqual(['lossy', 'dead', 'stuck', 'busy', 'calm'])
})

test('a column sorts by itself, names decide where it does not', () => {
  expect(order('sent')).toEqual(['busy', 'calm', 'dead', 'lossy', 'stuck'])
})
