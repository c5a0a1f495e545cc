import type { DestinationReport } from '@flowstitch/correlator'

/** What is counted, per destination and group. */
export type CountKey =
  | 'sent'
  | 'processed'
  | 'failed'
  | 'inFlight'
  | 'retried'
  | 'deadLettered'
  | 'lost'
  | 'unknown'

/** `trouble` puts what needs a look first: lost, dead, failed, in flight, retried. */
export type SortKey = 'trouble' | CountKey

const TROUBLE = ['lost', 'deadLettered', 'failed', 'inFlight', 'retried', 'unknown'] as const

export function sortReports(reports: readonly DestinationReport[], by: SortKey): DestinationReport[] {
  const keys = by === 'trouble' ? TROUBLE : [by]
  return [...reports].sort((a, b) => {
    for (const key of keys) if (a[key] !== b[key]) return b[key] - a[key]
    return a.destination < b.destination ? -1 : 1
  })
}
