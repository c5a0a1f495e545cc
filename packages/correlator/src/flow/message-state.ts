import type { Span } from '../decode/span.ts'
import type { Message, MessageState } from '../model.ts'
import { destinationOf, textOf } from '../names/messaging.ts'
import { isSameDestination } from '../stitch/keys.ts'
import type { Spans } from '../stitch/spans.ts'
import { innermost, type GroupedAttempt } from './attempts.ts'

/** What Kafka's clients call it. */
const ABORT_TRANSACTION = 'abortTransaction'

/** What became of a message, from the last attempt of each group that got it, or from its senders if none did. */
export function stateOf(
  message: Message,
  attempts: readonly GroupedAttempt[],
  senders: readonly (Span | undefined)[],
  spans: Spans,
): MessageState {
  if (attempts.length === 0) return stateOfSent(senders, spans)
  const last = new Map<string, number>()
  for (const [index, attempt] of attempts.entries()) last.set(attempt.group, index)
  const open = [...last.values()].filter((index) => !isContinued(index, attempts))
  const outcomes = open.map((index) => message.attempts[index]!.outcome)
  if (open.some((index) => isDeadLetter(attempts[index]!))) return 'dead-lettered'
  if (outcomes.some((outcome) => outcome === 'failed' || outcome === 'settled-negatively')) return 'failed'
  return outcomes.every((outcome) => outcome === 'succeeded') ? 'processed' : 'unknown'
}

/** A copy that the broker dropped waits for nobody, and neither does what a transaction took back. */
function stateOfSent(senders: readonly (Span | undefined)[], spans: Spans): MessageState {
  if (senders.some((sender) => sender?.status === 'error')) return 'failed'
  return senders.some((sender) => isDuplicate(sender) || isAborted(sender, spans)) ? 'unknown' : 'in-flight'
}

export function isDuplicate(sender: Span | undefined): boolean {
  return sender?.facts.duplicate === true
}

/** Whether the transaction that it was sent in was taken back: the end of one links to what was sent in it. */
function isAborted(sender: Span | undefined, spans: Spans): boolean {
  const linkers = sender && spans.linkersOf(sender.traceId).get(sender.spanId)
  return (linkers ?? []).some(
    (linker) =>
      linker.operation === 'settle' &&
      linker.status !== 'error' &&
      linker.facts.operationName === ABORT_TRANSACTION,
  )
}

export function isDeadLetter(attempt: GroupedAttempt): boolean {
  return sourceOf(attempt) !== undefined
}

/** Whether it came straight from the message's destination, as against a retry topic or a dead-letter queue. */
export function isDirect(attempt: GroupedAttempt, destination: string): boolean {
  if (isDeadLetter(attempt)) return false
  const from = destinationOf(innermost(attempt).facts)
  return from === undefined || isSameDestination(destination, from)
}

function sourceOf(attempt: GroupedAttempt): string | undefined {
  const { facts } = innermost(attempt)
  return textOf(facts.deadLetterSource) ?? textOf(facts.deadLetterReason)
}

/**
 * A dead letter goes on with the attempts of the queue that it comes from, in whatever group; and where it is
 * sent back to that queue, the queue goes on with the dead letter.
 */
function isContinued(index: number, attempts: readonly GroupedAttempt[]): boolean {
  const own = attempts[index]!
  return attempts
    .slice(index + 1)
    .some((later) => comesFrom(later, queueOf(own)) || (isDeadLetter(own) && comesFrom(own, queueOf(later))))
}

/** Whether the queue is where the attempt's message was dead-lettered. */
function comesFrom(attempt: GroupedAttempt, queue: string): boolean {
  const source = textOf(innermost(attempt).facts.deadLetterSource)
  return source !== undefined && (source === queue || queue.split(':').includes(source))
}

function queueOf(attempt: GroupedAttempt): string {
  return destinationOf(innermost(attempt).facts) ?? ''
}
