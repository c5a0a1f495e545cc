import type { ReactElement } from 'react'
import type { Attempt, Message } from '@flowstitch/correlator'
import type { FlowIndex } from '../flow/flow-index.ts'
import { REASON } from '../destinations/reasons.ts'
import { stepKey } from '../flow/refs.ts'
import { formatDuration } from '../format/duration.ts'
import { msBetween } from '../format/time.ts'
import { StateBadge } from '../ui/state-badge.tsx'
import type { DetailsProps } from './details-panel.tsx'
import { Field, Id } from './field.tsx'
import { FlowLinks } from './flow-links.tsx'
import { Moment } from './moment.tsx'
import { Raw } from './raw.tsx'
import { StepTarget } from './target.tsx'

export function MessageDetails({
  message,
  index,
  select,
}: DetailsProps & { message: Message }): ReactElement {
  const { flow } = index
  const sender = message.sent && index.steps.get(stepKey(message.sent))
  return (
    <>
      <p className="details-kind">{message.system} message</p>
      <h2>{message.destination}</h2>
      <dl className="fields">
        <Field name="State">
          <StateBadge state={message.state} />
        </Field>
        <Field name="Because">{message.reasons?.map((reason) => REASON[reason]).join('; ')}</Field>
        <Field name="Sent by">
          {sender ? <StepTarget step={sender} select={select} /> : 'a step that no telemetry tells of'}
        </Field>
        <Field name="Sent">
          {message.sentTimeUnixNano && (
            <Moment at={message.sentTimeUnixNano} start={flow.startTimeUnixNano} />
          )}
        </Field>
        <Field name="Broker had it">
          {message.brokerTimeUnixNano && (
            <Moment at={message.brokerTimeUnixNano} start={flow.startTimeUnixNano} />
          )}
        </Field>
        <Id name="Message id" value={message.id} />
        <Id name="Coordinate" value={message.coordinate} />
        <Id name="Key" value={message.key} />
      </dl>
      <section>
        <h3>Attempts</h3>
        {message.attempts.length === 0 ? (
          <p className="muted">Nobody has got it yet.</p>
        ) : (
          <Attempts message={message} index={index} select={select} />
        )}
      </section>
      {message.flowIds.length > 1 && (
        <section>
          <h3>Part of {message.flowIds.length} flows</h3>
          <FlowLinks ids={message.flowIds} own={flow.id} />
        </section>
      )}
      <Raw value={message} />
    </>
  )
}

function Attempts({
  message,
  index,
  select,
}: {
  message: Message
  index: FlowIndex
  select: DetailsProps['select']
}): ReactElement {
  const groups = new Set(message.attempts.map(({ consumerGroup }) => consumerGroup))
  return (
    <table className="attempts">
      <thead>
        <tr>
          <th>#</th>
          <th>Outcome</th>
          <th>In queue</th>
          <th>Took</th>
          <th>Step</th>
        </tr>
      </thead>
      <tbody>
        {message.attempts.map((attempt) => (
          <AttemptRow
            key={`${attempt.consumerGroup} ${attempt.number} ${stepKey(attempt.step)}`}
            attempt={attempt}
            showGroup={groups.size > 1 || attempt.consumerGroup !== undefined}
            index={index}
            select={select}
          />
        ))}
      </tbody>
    </table>
  )
}

function AttemptRow({
  attempt,
  showGroup,
  index,
  select,
}: {
  attempt: Attempt
  showGroup: boolean
  index: FlowIndex
  select: DetailsProps['select']
}): ReactElement {
  const step = index.steps.get(stepKey(attempt.step))
  const failed = attempt.outcome === 'failed' || attempt.outcome === 'settled-negatively'
  return (
    <tr>
      <td>{attempt.number}</td>
      <td className={failed ? 'bad' : ''}>{attempt.outcome.replace('-', ' ')}</td>
      <td>{attempt.dwellMs === undefined ? '–' : formatDuration(attempt.dwellMs)}</td>
      <td>{step ? formatDuration(msBetween(step.startTimeUnixNano, step.endTimeUnixNano)) : '–'}</td>
      <td>
        {step ? <StepTarget step={step} select={select} /> : <code>{attempt.step.spanId}</code>}
        {showGroup && <div className="muted">{attempt.consumerGroup}</div>}
      </td>
    </tr>
  )
}
