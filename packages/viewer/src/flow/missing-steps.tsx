import type { ReactElement } from 'react'
import type { Flow, MissingStep } from '@flowstitch/correlator'
import { formatCount } from '../format/count.ts'
import { formatDuration } from '../format/duration.ts'
import { formatAbsolute, formatAgo } from '../format/time.ts'
import { ShapeStepName } from '../shapes/shape-step.tsx'
import { useNow } from '../ui/use-now.ts'
import { stepKey, type Selection } from './refs.ts'

interface Props {
  flow: Flow
  select: (selection: Selection) => void
}

/** What the flow normally would have done by now, each with the way to the step that it should have come after. */
export function MissingSteps({ flow: { missing = [] }, select }: Props): ReactElement | null {
  if (missing.length === 0) return null
  return (
    <ul className="flow-missing" aria-label="Missing steps">
      {missing.map((step) => (
        <Missing
          key={`${step.service} ${step.kind} ${step.name} ${step.consumerGroup}`}
          step={step}
          select={() => select({ kind: 'step', key: stepKey(step.after) })}
        />
      ))}
    </ul>
  )
}

function Missing({ step, select }: { step: MissingStep; select: () => void }): ReactElement {
  const { flows, ofFlows, usualMs, overdueSinceUnixNano } = step
  const now = useNow()
  return (
    <li>
      <span className="warning-tag">missing</span>{' '}
      <button type="button" className="link" title="Show what it normally comes after" onClick={select}>
        <ShapeStepName step={step} />
      </button>
      <span className="muted">
        {' '}
        normally comes ({formatCount(flows)} of {formatCount(ofFlows)} flows) after{' '}
        {formatDuration(usualMs.p50)}, p99 {formatDuration(usualMs.p99)};{' '}
        <span title={formatAbsolute(overdueSinceUnixNano)}>
          overdue since {formatAgo(overdueSinceUnixNano, now)}
        </span>
      </span>
    </li>
  )
}
