import type { ReactElement } from 'react'
import type { Message, Step } from '@flowstitch/correlator'
import { stepKey, type Selection } from '../flow/refs.ts'

type Select = (selection: Selection) => void

/** Leads to a step of the same flow. */
export function StepTarget({ step, select }: { step: Step; select: Select }): ReactElement {
  return (
    <button
      type="button"
      className="link target"
      onClick={() => select({ kind: 'step', key: stepKey(step) })}
    >
      {step.name} <span className="muted">{step.service}</span>
    </button>
  )
}

/** Leads to a message of the same flow. */
export function MessageTarget({ message, select }: { message: Message; select: Select }): ReactElement {
  return (
    <button
      type="button"
      className="link target"
      onClick={() => select({ kind: 'message', key: message.key })}
    >
      {message.destination} <span className="muted">{message.system}</span>
    </button>
  )
}
