import type { Coverage } from '@flowstitch/correlator'
import type { ReactElement } from 'react'
import { plural } from '../format/count.ts'
import { formatAbsolute } from '../format/time.ts'

/** Says so while numbers leave something out. */
export function CoverageNote({ coverage }: { coverage: Coverage }): ReactElement | null {
  if (coverage.complete) return null
  const { sinceUnixNano, waitingTraces = 0 } = coverage
  return (
    <p className="coverage" role="note">
      Not everything is counted yet
      {sinceUnixNano && `: only what began since ${formatAbsolute(sinceUnixNano).slice(0, -7)}`}
      {waitingTraces > 0 && `, and ${plural(waitingTraces, 'trace')} with news wait`}.
    </p>
  )
}
