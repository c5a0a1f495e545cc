import { useMemo, useState, type ReactElement } from 'react'
import { Link } from 'wouter'
import type { DestinationReport } from '@flowstitch/correlator'
import { useDestinations } from '../api/queries.ts'
import { formatCount } from '../format/count.ts'
import { formatAbsolute, formatAgo } from '../format/time.ts'
import { ErrorNotice, Notice } from '../ui/notice.tsx'
import { useNow } from '../ui/use-now.ts'
import { useTitle } from '../ui/use-title.ts'
import { OutcomeBar } from './outcome-bar.tsx'
import { sortReports, type SortKey } from './sort.ts'
import './destinations.css'

const COLUMNS: ReadonlyArray<{ key: SortKey; name: string; meaning: string }> = [
  { key: 'sent', name: 'Sent', meaning: 'Messages that producers handed over' },
  { key: 'processed', name: 'Processed', meaning: 'Messages that a consumer handled' },
  { key: 'inFlight', name: 'In flight', meaning: 'Messages that no consumer has got yet' },
  { key: 'retried', name: 'Retried', meaning: 'Messages that needed more than one attempt' },
  { key: 'failed', name: 'Failed', meaning: 'Messages whose last attempt failed' },
  { key: 'deadLettered', name: 'Dead', meaning: 'Messages that ended in a dead-letter queue' },
  { key: 'lost', name: 'Lost', meaning: 'Messages that can no longer arrive' },
  { key: 'unknown', name: 'Unknown', meaning: 'Messages of which no telemetry tells' },
]

/** What is stuck, retried, dead or lost, by destination; the worst first. */
export function DestinationsPage(): ReactElement {
  const { data, error, refetch } = useDestinations()
  useTitle('Destinations')
  const [sort, setSort] = useState<SortKey>('trouble')
  const reports = useMemo(() => sortReports(data ?? [], sort), [data, sort])
  if (error && !data) return <ErrorNotice error={error} retry={() => void refetch()} />
  if (!data) return <Notice title="Reading destinations…" />
  if (data.length === 0) return <Notice title="No messages yet" />
  return (
    <div className="page">
      <h1>Destinations</h1>
      <table className="report">
        <thead>
          <tr>
            <th>
              <SortButton name="Destination" active={sort === 'trouble'} onClick={() => setSort('trouble')} />
            </th>
            <th>Outcomes</th>
            {COLUMNS.map(({ key, name, meaning }) => (
              <th
                key={key}
                className="number"
                title={meaning}
                aria-sort={sort === key ? 'descending' : 'none'}
              >
                <SortButton name={name} active={sort === key} onClick={() => setSort(key)} />
              </th>
            ))}
            <th className="number">Oldest in flight</th>
          </tr>
        </thead>
        <tbody>
          {reports.map((report) => (
            <ReportRow key={`${report.system} ${report.destination}`} report={report} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function SortButton({
  name,
  active,
  onClick,
}: {
  name: string
  active: boolean
  onClick: () => void
}): ReactElement {
  return (
    <button type="button" data-active={active} onClick={onClick}>
      {name}
    </button>
  )
}

function ReportRow({ report }: { report: DestinationReport }): ReactElement {
  const now = useNow()
  const { destination, system, oldestInFlightUnixNano: oldest } = report
  return (
    <tr>
      <th scope="row">
        <Link href={`/?destination=${encodeURIComponent(destination)}`} className="report-name">
          {destination} <span className="muted">{system}</span>
        </Link>
      </th>
      <td>
        <OutcomeBar report={report} />
      </td>
      {COLUMNS.map(({ key }) => {
        const count = key === 'trouble' ? 0 : report[key]
        return (
          <td key={key} className="number" data-column={key} data-none={count === 0}>
            {formatCount(count)}
          </td>
        )
      })}
      <td className="number" title={oldest && formatAbsolute(oldest)}>
        {oldest ? formatAgo(oldest, now) : <span className="muted">–</span>}
      </td>
    </tr>
  )
}
