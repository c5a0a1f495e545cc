import type { ReactElement } from 'react'
import type { FlowState, MessageState } from '@flowstitch/correlator'

const MEANING: Record<FlowState | MessageState, string> = {
  active: 'Something happened a moment ago',
  quiet: 'Nothing has happened for a while, and nothing went wrong',
  failed: 'Work failed for good',
  stalled: 'A message waits although nothing happens any more',
  'in-flight': 'No consumer has it yet',
  processed: 'Handled',
  'dead-lettered': 'Given up; it lies in a dead-letter queue',
  lost: 'Sent, but it can no longer arrive',
  unknown: 'No telemetry tells',
}

export function StateBadge({ state }: { state: FlowState | MessageState }): ReactElement {
  return (
    <span className="state" data-state={state} title={MEANING[state]}>
      <span className="state-dot" aria-hidden="true" />
      {state.replace('-', ' ')}
    </span>
  )
}
