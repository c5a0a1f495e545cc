import { useEffect, useRef, type ReactElement } from 'react'
import type { FlowIndex } from '../flow/flow-index.ts'
import type { Selection } from '../flow/refs.ts'
import { CloseIcon } from '../ui/icons.tsx'
import { MessageDetails } from './message-details.tsx'
import { StepDetails } from './step-details.tsx'
import './details.css'

export interface DetailsProps {
  index: FlowIndex
  select: (selection: Selection | undefined) => void
}

/** Everything known of the selected step or message. */
export function DetailsPanel({ selection, ...props }: DetailsProps & { selection: Selection }): ReactElement {
  const panel = useRef<HTMLElement>(null)
  useEffect(() => {
    panel.current?.scrollTo(0, 0)
  }, [selection.key])
  return (
    <aside ref={panel} className="details" aria-label="Details">
      <button
        type="button"
        className="icon-button details-close"
        aria-label="Close details"
        title="Close (Esc)"
        onClick={() => props.select(undefined)}
      >
        <CloseIcon />
      </button>
      <Selected selection={selection} {...props} />
    </aside>
  )
}

function Selected({ selection, ...props }: DetailsProps & { selection: Selection }): ReactElement {
  const { index } = props
  const step = selection.kind === 'step' ? index.steps.get(selection.key) : undefined
  if (step) return <StepDetails step={step} {...props} />
  const message = selection.kind === 'message' ? index.messages.get(selection.key) : undefined
  if (message) return <MessageDetails message={message} {...props} />
  return <p className="muted">This {selection.kind} is not part of the flow any more.</p>
}
