import type { Attributes } from '@opentelemetry/api'
import { put } from './attributes.ts'
import type { FlowContext } from '../propagation/flow-context.ts'
import type { MessageFacts } from '../model/message.ts'
import * as names from '../semconv.ts'

/** How long a message has been on its way. Clocks that disagree give 0 and say so. */
export interface Delays {
  readonly dwellMs: number | undefined
  readonly ageMs: number | undefined
  /** How much of the dwell was asked for, where only its end is known. */
  readonly heldMs: number | undefined
  readonly skewed: boolean
}

/**
 * Dwell counts from the broker's time, or the sending where the broker tells none, and is known for a first
 * attempt only: no broker says when it began to offer a message again.
 */
export function delaysOf(facts: MessageFacts, flow: FlowContext | undefined, nowMs: number): Delays {
  const { brokerTimeMs, deliveryTimeMs = nowMs, attempt = 1, deadLetter, heldUntilMs } = facts
  const sentMs = flow?.sentMs ?? facts.sentTimeMs
  const first = attempt === 1 && !deadLetter
  const waited = since(brokerTimeMs, deliveryTimeMs) ?? since(sentMs, nowMs)
  const dwellMs = first ? waited : undefined
  const ageMs = since(sentMs ?? brokerTimeMs, nowMs)
  const heldMs = heldUntilMs === undefined ? undefined : since(brokerTimeMs ?? sentMs, heldUntilMs)
  return {
    dwellMs: dwellMs && Math.max(0, dwellMs),
    ageMs: ageMs && Math.max(0, ageMs),
    heldMs: heldMs && Math.max(0, Math.min(heldMs, dwellMs ?? heldMs)),
    skewed: (dwellMs ?? 0) < 0 || (ageMs ?? 0) < 0,
  }
}

function since(ms: number | undefined, nowMs: number): number | undefined {
  return ms === undefined ? undefined : nowMs - ms
}

export function addDelays(to: Attributes, { dwellMs, ageMs, heldMs, skewed }: Delays): void {
  put(to, names.FLOWSTITCH_MESSAGE_DWELL, dwellMs)
  put(to, names.FLOWSTITCH_MESSAGE_AGE, ageMs)
  if (heldMs) to[names.FLOWSTITCH_MESSAGE_DELAY] = heldMs
  if (skewed) to[names.FLOWSTITCH_CLOCK_SKEW] = true
}
