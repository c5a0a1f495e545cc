import type { ReactElement } from 'react'
import type { MessageCounts } from '@flowstitch/correlator'

const PARTS = ['processed', 'inFlight', 'unknown', 'failed', 'deadLettered', 'lost'] as const

/** How messages ended, as shares of one bar; the columns beside it give the numbers. */
export function OutcomeBar({ counts }: { counts: MessageCounts }): ReactElement {
  return (
    <div className="outcomes" aria-hidden="true">
      {PARTS.filter((part) => counts[part] > 0).map((part) => (
        <span key={part} data-part={part} style={{ flexGrow: counts[part] }} />
      ))}
    </div>
  )
}
