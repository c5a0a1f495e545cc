import type { ReactElement } from 'react'
import type { Step } from '@flowstitch/correlator'
import { useTraceFlows } from '../api/queries.ts'
import { stepKey } from '../flow/refs.ts'
import { formatDuration } from '../format/duration.ts'
import { msBetween } from '../format/time.ts'
import { serviceColor } from '../ui/colors.ts'
import type { DetailsProps } from './details-panel.tsx'
import { Field, Id } from './field.tsx'
import { FlowLinks } from './flow-links.tsx'
import { Moment } from './moment.tsx'
import { Raw } from './raw.tsx'
import { causesOf, effectsOf, type Relation } from './relations.ts'
import { MessageTarget, StepTarget } from './target.tsx'

export function StepDetails({ step, index, select }: DetailsProps & { step: Step }): ReactElement {
  const { flow } = index
  const sharing = useTraceFlows(step.traceId, step.shared === true)
  const attempts = (index.arrivals.get(stepKey(step)) ?? []).flatMap(({ attempt }) => attempt ?? [])
  return (
    <>
      <p className="details-kind">
        {step.operation ? `${step.operation} step` : `${step.kind.toLowerCase()} step`}
      </p>
      <h2>{step.name}</h2>
      <dl className="fields">
        <Field name="Service">
          <span className="swatch" style={{ background: serviceColor(step.service) }} aria-hidden="true" />
          {step.service}
        </Field>
        <Field name="Duration">
          <strong>{formatDuration(msBetween(step.startTimeUnixNano, step.endTimeUnixNano))}</strong>
        </Field>
        <Field name="Status">
          <span className={step.status === 'error' ? 'bad' : ''}>{step.status}</span>
        </Field>
        <Field name="Error type">{step.errorType && <code>{step.errorType}</code>}</Field>
        <Field name="Attempt">
          {attempts.map(({ number, outcome }) => `#${number} ${outcome}`).join(', ')}
        </Field>
        <Field name="Started">
          <Moment at={step.startTimeUnixNano} start={flow.startTimeUnixNano} />
        </Field>
        <Field name="Ended">
          <Moment at={step.endTimeUnixNano} start={flow.startTimeUnixNano} />
        </Field>
        <Field name="System">{step.system}</Field>
        <Field name="Destination">{step.destination}</Field>
        <Field name="Operation">{step.operation}</Field>
        <Field name="Span kind">{step.kind}</Field>
        <Field name="Critical path">
          {index.criticalSteps.has(stepKey(step)) && 'runs through this step'}
        </Field>
        <Id name="Trace id" value={step.traceId} />
        <Id name="Span id" value={step.spanId} />
        <Id name="Parent span id" value={step.parentSpanId} />
      </dl>
      <Relations title="Caused by" relations={causesOf(step, index)} select={select} />
      <Relations title="Caused" relations={effectsOf(step, index)} select={select} />
      {step.shared && (
        <section>
          <h3>Shared with other flows</h3>
          {sharing.error && <p className="muted">{sharing.error.message}</p>}
          <FlowLinks ids={(sharing.data ?? []).map(({ id }) => id)} own={flow.id} />
        </section>
      )}
      <Raw value={step} />
    </>
  )
}

/** Many are cut short: a step can cause thousands. */
const MOST_SHOWN = 30

function Relations({
  title,
  relations,
  select,
}: {
  title: string
  relations: readonly Relation[]
  select: DetailsProps['select']
}): ReactElement | null {
  if (relations.length === 0) return null
  return (
    <section>
      <h3>{title}</h3>
      <ul className="relations">
        {relations.slice(0, MOST_SHOWN).map((relation) => (
          <li key={relation.kind === 'step' ? stepKey(relation.step) : relation.message.key}>
            {relation.kind === 'step' ? (
              <StepTarget step={relation.step} select={select} />
            ) : (
              <MessageTarget message={relation.message} select={select} />
            )}
            {relation.evidence && (
              <span className="tag" title="What proves it">
                {relation.mayCause ? `maybe, ${relation.evidence}` : relation.evidence}
              </span>
            )}
          </li>
        ))}
      </ul>
      {relations.length > MOST_SHOWN && <p className="muted">and {relations.length - MOST_SHOWN} more</p>}
    </section>
  )
}
