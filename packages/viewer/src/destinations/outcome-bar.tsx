import type { ReactElement } from 'react'
import type { DestinationReport } from '@flowstitch/correlator'

const PARTS = ['processed', 'inFlight', 'unknown', 'failed', 'deadLettered', 'lost'] as const

/** How a destination's messages ended, as shares of one bar; the columns beside it give the numbers. */
export function OutcomeBar({ report }: { report: DestinationReport }): ReactElement {
  return (
    <div className="outcomes" aria-hidden="true">
      {PARTS.filter((part) => report[part] > 0).map((part) => (
        <span key={part} data-part={part} style={{ flexGrow: report[part] }} />
      ))}
    </div>
  )
}
