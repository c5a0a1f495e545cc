import type { ReactElement } from 'react'
import type { Attempt } from '@flowstitch/correlator'
import type { Row } from './rows.ts'

/** What a row is about: a step with its service, or a message with its destination. */
export function RowName({ row }: { row: Row }): ReactElement {
  if (row.kind === 'message') {
    const { system, destination, state } = row.message
    return (
      <>
        <span className="queue-glyph" aria-hidden="true" />
        <span className="truncate">
          <span className="timeline-destination">{destination}</span> <span className="muted">{system}</span>
        </span>
        {state !== 'processed' && (
          <span className="tag" data-state={state}>
            {state.replace('-', ' ')}
          </span>
        )}
      </>
    )
  }
  const { step, attempt } = row
  return (
    <>
      <span className="swatch" aria-hidden="true" />
      {attempt && <AttemptTag attempt={attempt} />}
      <span className="truncate">
        {step.name} <span className="muted">{step.service}</span>
      </span>
      {step.status === 'error' && (
        <span className="tag" data-state="failed">
          {step.errorType ?? 'error'}
        </span>
      )}
      {step.shared && <span className="tag">shared</span>}
    </>
  )
}

function AttemptTag({ attempt }: { attempt: Attempt }): ReactElement {
  const failed = attempt.outcome === 'failed' || attempt.outcome === 'settled-negatively'
  return (
    <span className="tag attempt" data-state={failed ? 'failed' : attempt.outcome}>
      #{attempt.number}
    </span>
  )
}
