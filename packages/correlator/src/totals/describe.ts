import { gotAt, innermost, type GroupedAttempt } from '../flow/attempts.ts'
import { isDeadLetter, isDirect, isDuplicate } from '../flow/message-state.ts'
import type { FlowMessage } from '../flow/messages.ts'
import type { Attempt } from '../model.ts'
import type { Names } from './names.ts'
import { placeOf } from './place.ts'
import type { AttemptRow, MessageRow, RowWriter } from './rows.ts'
import type { Unit } from './unit.ts'

/** Writes down what a unit adds to the totals. */
export function writeUnit({ calls, messages }: Unit, names: Names, rows: RowWriter): void {
  for (const { from, to } of calls)
    rows.call({
      from: names.numberOf(from.service),
      to: names.numberOf(to.service),
      time: to.start,
      failed: to.status === 'error',
    })
  for (const message of messages) rows.message(messageRow(message, names))
}

function messageRow({ message, sender, attempts }: FlowMessage, names: Names): MessageRow {
  const { log, position } = placeOf(message.coordinate)
  return {
    system: names.numberOf(message.system),
    destination: names.numberOf(message.destination),
    state: message.state,
    service: names.numberOf(sender?.service),
    sendFailed: sender?.status === 'error',
    duplicate: isDuplicate(sender),
    aborted: message.reasons?.includes('aborted') === true,
    time: sender?.start ?? (attempts[0] ? gotAt(attempts[0]) : 0n),
    log: names.numberOf(log),
    position,
    attempts: attempts.map((attempt, index) =>
      attemptRow(attempt, message.attempts[index]!, message.destination, names),
    ),
  }
}

function attemptRow(
  attempt: GroupedAttempt,
  { consumerGroup, dwellMs, outcome, number }: Attempt,
  destination: string,
  names: Names,
): AttemptRow {
  const { step } = innermost(attempt)
  return {
    group: names.numberOf(consumerGroup ?? attempt.group),
    named: consumerGroup !== undefined,
    service: names.numberOf(step.service),
    outcome,
    time: gotAt(attempt),
    dwellMs: dwellMs ?? NaN,
    retry: number > 1,
    direct: isDirect(attempt, destination),
    deadLetter: isDeadLetter(attempt),
    sampled: attempt.deliveries.some((delivery) => delivery.step.sampled === true),
  }
}
