import { memo, type ReactElement } from 'react'
import { Link } from 'wouter'
import type { FlowSummary } from '@flowstitch/correlator'
import { formatCount, plural } from '../format/count.ts'
import { formatDuration } from '../format/duration.ts'
import { formatAbsolute, formatAgo } from '../format/time.ts'
import { serviceColor } from '../ui/colors.ts'
import { StateBadge } from '../ui/state-badge.tsx'

interface Props {
  flow: FlowSummary
  position: number
  top: number
  longestMs: number
  now: number
  tabIndex: number
  /** Few flows of its origin have its shape. */
  rare: boolean
}

export const FlowRow = memo(function FlowRow(props: Props): ReactElement {
  const { flow, position, top, longestMs, now, tabIndex, rare } = props
  const { origin } = flow
  return (
    <div
      role="row"
      className="flow-columns flow-row"
      aria-rowindex={position + 2}
      data-position={position}
      style={{ transform: `translateY(${top}px)` }}
    >
      <div role="cell">
        <StateBadge state={flow.state} />
      </div>
      <div role="cell" className="flow-origin">
        <Link href={`/flows/${flow.id}`} tabIndex={tabIndex} className="truncate" title={flow.id}>
          {origin.name}
        </Link>
        <ShapeTags flow={flow} rare={rare} />
      </div>
      <div role="cell" className="flow-services">
        {flow.services.map((service) => (
          <span key={service} className="flow-service truncate" title={service}>
            <span className="swatch" style={{ background: serviceColor(service) }} aria-hidden="true" />
            {service}
          </span>
        ))}
      </div>
      <div role="cell" className="truncate muted" title={flow.destinations.join(', ')}>
        {flow.destinations.join(' · ')}
      </div>
      <div role="cell" className="muted" title={formatAbsolute(flow.startTimeUnixNano)}>
        {formatAgo(flow.startTimeUnixNano, now)}
      </div>
      <div role="cell" className="flow-duration">
        <span className="flow-duration-bar" style={{ width: `${barShare(flow.durationMs, longestMs)}%` }} />
        {formatDuration(flow.durationMs)}
      </div>
      <div role="cell" className="number">
        {formatCount(flow.messageCount)}
      </div>
      <div role="cell" className="number" data-more={flow.attemptCount > flow.messageCount}>
        {formatCount(flow.attemptCount)}
      </div>
      <div role="cell" className="number" data-errors={flow.errorCount > 0}>
        {formatCount(flow.errorCount)}
      </div>
    </div>
  )
})

/** What a flow that failed lacks is no news. */
function ShapeTags({ flow, rare }: Pick<Props, 'flow' | 'rare'>): ReactElement {
  const missingCount = flow.state === 'failed' ? 0 : (flow.missingCount ?? 0)
  return (
    <>
      {missingCount > 0 && (
        <span className="warning-tag" title="What normally comes and has not">
          {plural(missingCount, 'step')} missing
        </span>
      )}
      {rare && (
        <span className="warning-tag" title="At most one in a hundred flows with this origin has this shape">
          rare
        </span>
      )}
    </>
  )
}

/** Durations span milliseconds to days, so their bars grow with the logarithm. */
function barShare(ms: number, longestMs: number): number {
  return (Math.log10(1 + ms) / Math.log10(1 + longestMs)) * 100
}
