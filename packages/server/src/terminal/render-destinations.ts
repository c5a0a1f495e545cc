import type { DestinationReport } from '@flowstitch/correlator'
import type { Look, Paint } from './style.ts'
import { renderTable } from './table.ts'
import type { Column } from './table.ts'
import { piece } from './text.ts'
import { formatDuration, msBetween } from './time.ts'

type Count = 'sent' | 'processed' | 'failed' | 'inFlight' | 'retried' | 'deadLettered' | 'lost' | 'unknown'

/** What became of every destination's messages; `nowUnixNano` tells how old the oldest one in flight is. */
export function renderDestinations(
  reports: DestinationReport[],
  nowUnixNano: string,
  width: number,
  paint: Paint,
): string {
  const columns: Column<DestinationReport>[] = [
    {
      title: 'destination',
      flexible: true,
      cell: ({ system, destination }) => piece(`${system} ${destination}`, 'message'),
    },
    counter('sent', 'sent'),
    counter('processed', 'processed'),
    counter('in flight', 'inFlight', 'waiting'),
    counter('retried', 'retried', 'waiting'),
    counter('failed', 'failed', 'bad'),
    counter('dead-lettered', 'deadLettered', 'bad'),
    counter('lost', 'lost', 'bad'),
    counter('unknown', 'unknown', 'faint'),
    {
      title: 'oldest in flight',
      align: 'right',
      cell: ({ oldestInFlightUnixNano: oldest }) =>
        piece(
          oldest === undefined ? '' : formatDuration(Math.max(0, msBetween(oldest, nowUnixNano))),
          'waiting',
        ),
    },
  ]
  return renderTable(reports, columns, width, paint)
}

function counter(title: string, key: Count, look: Look = 'plain'): Column<DestinationReport> {
  return {
    title,
    align: 'right',
    cell: (report) => piece(String(report[key]), report[key] === 0 ? 'faint' : look),
  }
}
