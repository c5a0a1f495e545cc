import { useMemo, useState, type ReactElement } from 'react'
import { Link } from 'wouter'
import type { ConsumerGroupReport, DestinationReport, MessageCounts } from '@flowstitch/correlator'
import { useDestinations } from '../api/queries.ts'
import { formatCount } from '../format/count.ts'
import { formatAbsolute, formatAgo } from '../format/time.ts'
import { ErrorNotice, Notice } from '../ui/notice.tsx'
import { useNow } from '../ui/use-now.ts'
import { useTitle } from '../ui/use-title.ts'
import { OutcomeBar } from './outcome-bar.tsx'
import { CoverageNote } from './coverage-note.tsx'
import { reasonLines } from './reasons.ts'
import { sortReports, type CountKey, type SortKey } from './sort.ts'
import './destinations.css'

/** `explained` counts rest on verdicts, and their cells say on which. */
const COLUMNS: ReadonlyArray<{ key: CountKey; name: string; meaning: string; explained?: boolean }> = [
  { key: 'sent', name: 'Sent', meaning: 'Messages that producers handed over' },
  { key: 'processed', name: 'Processed', meaning: 'Messages that a consumer handled' },
  { key: 'inFlight', name: 'In flight', meaning: 'Messages that no consumer has got yet', explained: true },
  { key: 'retried', name: 'Retried', meaning: 'Messages that needed more than one attempt' },
  { key: 'failed', name: 'Failed', meaning: 'Messages whose last attempt failed' },
  { key: 'deadLettered', name: 'Dead', meaning: 'Messages that ended in a dead-letter queue' },
  { key: 'lost', name: 'Lost', meaning: 'Messages that can no longer arrive', explained: true },
  { key: 'unknown', name: 'Unknown', meaning: 'Messages of which no telemetry tells', explained: true },
]

/** What is stuck, retried, dead or lost, by destination; the worst first. */
export function DestinationsPage(): ReactElement {
  const { data, error, refetch } = useDestinations()
  useTitle('Destinations')
  const [sort, setSort] = useState<SortKey>('trouble')
  const reports = useMemo(() => sortReports(data?.destinations ?? [], sort), [data, sort])
  if (error && !data) return <ErrorNotice error={error} retry={() => void refetch()} />
  if (!data) return <Notice title="Reading destinations…" />
  if (data.destinations.length === 0) return <Notice title="No messages yet" />
  return (
    <div className="page">
      <h1>Destinations</h1>
      <CoverageNote coverage={data} />
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
          {reports.flatMap((report) => [
            <ReportRow key={`${report.system} ${report.destination}`} report={report} />,
            ...(report.groups.length > 1 ? report.groups : []).map((group) => (
              <GroupRow key={`${report.system} ${report.destination} ${group.consumerGroup}`} group={group} />
            )),
          ])}
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
  const { destination, system } = report
  return (
    <tr>
      <th scope="row">
        <Link href={`/?destination=${encodeURIComponent(destination)}`} className="report-name">
          {destination} <span className="muted">{system}</span>
        </Link>
      </th>
      <Counts counts={report} />
    </tr>
  )
}

/** What a destination's messages came to in one group, where several read it. */
function GroupRow({ group }: { group: ConsumerGroupReport }): ReactElement {
  return (
    <tr className="report-group">
      <th scope="row">{group.consumerGroup}</th>
      <Counts counts={group} />
    </tr>
  )
}

function Counts({ counts }: { counts: MessageCounts }): ReactElement {
  const now = useNow()
  const { oldestInFlightUnixNano: oldest } = counts
  const reasons = reasonLines(counts).join('\n')
  return (
    <>
      <td>
        <OutcomeBar counts={counts} />
      </td>
      {COLUMNS.map(({ key, explained }) => {
        const count = counts[key]
        return (
          <td
            key={key}
            className="number"
            data-column={key}
            data-none={count === 0}
            title={explained && count > 0 ? reasons : undefined}
          >
            {formatCount(count)}
          </td>
        )
      })}
      <td className="number" title={oldest && formatAbsolute(oldest)}>
        {oldest ? formatAgo(oldest, now) : <span className="muted">–</span>}
      </td>
    </>
  )
}
