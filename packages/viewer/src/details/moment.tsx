import type { ReactElement } from 'react'
import { formatDuration } from '../format/duration.ts'
import { formatAbsolute, msBetween } from '../format/time.ts'

/** A time as it was, and how far into the flow that is. */
export function Moment({ at, start }: { at: string; start: string }): ReactElement {
  const ms = msBetween(start, at)
  return (
    <>
      {formatAbsolute(at)}{' '}
      <span className="muted">{ms < 0 ? formatDuration(ms) : `+${formatDuration(ms)}`}</span>
    </>
  )
}
