import type { ReactElement } from 'react'
import { Link } from 'wouter'
import type { Flow } from '@flowstitch/correlator'
import { plural } from '../format/count.ts'
import { formatDuration } from '../format/duration.ts'
import { formatAbsolute, formatAgo } from '../format/time.ts'
import { serviceColor } from '../ui/colors.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { BackIcon } from '../ui/icons.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { useNow } from '../ui/use-now.ts'
import { BreakdownBar } from './breakdown-bar.tsx'
import { MissingSteps } from './missing-steps.tsx'
import type { Selection } from './refs.ts'
import { ShapeNote } from './shape-note.tsx'

export type FlowView = 'graph' | 'timeline'

const VIEWS: readonly FlowView[] = ['graph', 'timeline']

interface Props {
  flow: Flow
  /** As the flow came to them. */
  services: readonly string[]
  view: FlowView
  setView: (view: FlowView) => void
  select: (selection: Selection) => void
}

export function FlowHeader({ flow, services, view, setView, select }: Props): ReactElement {
  const now = useNow()
  return (
    <header className="flow-header">
      <div className="flow-title">
        <Link href="/" className="icon-button" aria-label="All flows" title="All flows (Esc)">
          <BackIcon />
        </Link>
        <h1 className="truncate">{flow.origin.name}</h1>
        <StateBadge state={flow.state} />
        <span className="muted" title={formatAbsolute(flow.startTimeUnixNano)}>
          {formatAbsolute(flow.startTimeUnixNano).slice(0, -7)}, {formatAgo(flow.startTimeUnixNano, now)}
        </span>
        <span className="flow-id muted">
          <code className="truncate">{flow.id}</code>
          <CopyButton text={flow.id} what="flow id" />
        </span>
        <div className="chips" role="tablist" aria-label="View">
          {VIEWS.map((name) => (
            <button
              key={name}
              type="button"
              role="tab"
              aria-selected={name === view}
              title={`${name === 'graph' ? 'Graph' : 'Timeline'} (${name.charAt(0)})`}
              onClick={() => setView(name)}
            >
              {name === 'graph' ? 'Graph' : 'Timeline'}
            </button>
          ))}
        </div>
      </div>
      <div className="flow-summary">
        <strong className="flow-total">{formatDuration(flow.durationMs)}</strong>
        <BreakdownBar segments={flow.criticalPath} />
        <Counts flow={flow} />
        <ul className="flow-legend" aria-label="Services">
          {services.map((service) => (
            <li key={service}>
              <span className="swatch" style={{ background: serviceColor(service) }} aria-hidden="true" />
              {service}
            </li>
          ))}
        </ul>
      </div>
      <ShapeNote flow={flow} />
      <MissingSteps flow={flow} select={select} />
      {flow.truncated && (
        <p className="flow-truncated" role="note">
          {plural(flow.truncated.omittedSteps, 'step is', 'steps are')} left out: {flow.truncated.reason}
        </p>
      )}
    </header>
  )
}

function Counts({ flow }: { flow: Flow }): ReactElement {
  return (
    <p className="flow-counts">
      {plural(flow.stepCount, 'step')} · {plural(flow.messageCount, 'message')} ·{' '}
      {plural(flow.attemptCount, 'attempt')} · {plural(flow.traceCount, 'trace')}
      {flow.errorCount > 0 && <span className="bad"> · {plural(flow.errorCount, 'error')}</span>}
    </p>
  )
}
