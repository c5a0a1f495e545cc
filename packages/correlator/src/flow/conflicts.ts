import type { Conflict } from '../model.ts'
import { coordinateOf, textOf } from '../names/messaging.ts'
import { linkTo } from '../stitch/container.ts'
import { isSenderOf, sendersOf } from '../stitch/keys.ts'
import type { Spans } from '../stitch/spans.ts'
import type { Delivery } from './attempts.ts'
import type { FlowMessage } from './messages.ts'

/**
 * Where a context says that one step sent a message, and its coordinate or id says that another one did. The
 * context counts; what speaks against it is told and not averaged away.
 */
export function conflictsOf(message: FlowMessage, deliveries: readonly Delivery[], spans: Spans): Conflict[] {
  if (!message.sender) return []
  return deliveries.flatMap((delivery) => [
    ...conflictOf('coordinate', coordinateOf(delivery.facts), delivery, message, spans),
    ...conflictOf('message-id', textOf(delivery.facts.messageId), delivery, message, spans),
  ])
}

function conflictOf(
  evidence: Conflict['evidence'],
  value: string | undefined,
  { step }: Delivery,
  { sender, handOver }: FlowMessage,
  spans: Spans,
): Conflict[] {
  if (value === undefined || isSenderOf(sender!, evidence, value, step)) return []
  const senders = sendersOf(evidence, value, step, spans)
  // A send span hands over what its create spans made, and reports for them.
  const agrees = senders.some(
    (other) => other === sender || other === handOver || linkTo(sender!, other, spans),
  )
  if (senders.length === 0 || agrees) return []
  const refs = senders.map(({ traceId, spanId }) => ({ traceId, spanId }))
  return [{ evidence, value, step: { traceId: step.traceId, spanId: step.spanId }, senders: refs }]
}
