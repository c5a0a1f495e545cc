import type { Evidence, Message, Step } from '@flowstitch/correlator'
import type { FlowIndex } from '../flow/flow-index.ts'
import { stepKey } from '../flow/refs.ts'

/** One cause or effect of a step, with what proves it. */
export type Relation = { evidence?: Evidence | undefined; mayCause: boolean } & (
  | { kind: 'step'; step: Step }
  | { kind: 'message'; message: Message }
)

/** What caused a step: the messages that it handled, its parent, and steps that are known to have led to it. */
export function causesOf(step: Step, index: FlowIndex): Relation[] {
  const key = stepKey(step)
  const messages = (index.arrivals.get(key) ?? []).map(({ message, evidence, mayCause }): Relation => ({
    kind: 'message',
    message,
    evidence,
    mayCause,
  }))
  const direct = index.directCauses
    .filter(({ to }) => to === step)
    .map(({ from, evidence, mayCause }): Relation => ({ kind: 'step', step: from, evidence, mayCause }))
  return [...messages, ...direct]
}

/** What a step caused: the messages that it sent, its children, and steps that it is known to have led to. */
export function effectsOf(step: Step, index: FlowIndex): Relation[] {
  const messages = (index.sent.get(stepKey(step)) ?? []).map((message): Relation => ({
    kind: 'message',
    message,
    mayCause: false,
  }))
  const direct = index.directCauses
    .filter(({ from }) => from === step)
    .map(({ to, evidence, mayCause }): Relation => ({ kind: 'step', step: to, evidence, mayCause }))
  return [...messages, ...direct]
}
