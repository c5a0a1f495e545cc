import type { ReactElement } from 'react'
import type { Segment } from '@flowstitch/correlator'
import { formatDuration } from '../format/duration.ts'
import { breakDown, KIND_MEANING } from './breakdown.ts'

/** Where the time of the critical path went; the parts add up to the flow's duration. */
export function BreakdownBar({ segments }: { segments: readonly Segment[] }): ReactElement {
  const shares = breakDown(segments)
  return (
    <div className="breakdown" role="group" aria-label="Where the time went, along the critical path">
      <div className="breakdown-bar" aria-hidden="true">
        {shares.map(({ kind, share }) => (
          <span key={kind} className="kind-fill" data-kind={kind} style={{ flexGrow: share }} />
        ))}
      </div>
      <ul className="breakdown-parts">
        {shares.map(({ kind, ms, share }) => (
          <li key={kind} title={KIND_MEANING[kind]}>
            <span className="swatch kind-fill" data-kind={kind} aria-hidden="true" />
            {kind} <strong>{formatDuration(ms)}</strong> <span className="muted">{percent(share)}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}

function percent(share: number): string {
  return share > 0 && share < 0.01 ? '<1 %' : `${Math.round(share * 100)} %`
}
