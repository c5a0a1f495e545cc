import type { Span } from '../decode/span.ts'
import type { Message, MessageState } from '../model.ts'
import { destinationOf, textOf } from '../names/messaging.ts'
import { isSameDestination } from '../stitch/keys.ts'
import { innermost, type GroupedAttempt } from './attempts.ts'

/** What became of a message, from the last attempt of each group that got it, or from its senders if none did. */
export function stateOf(
  message: Message,
  attempts: readonly GroupedAttempt[],
  senders: readonly (Span | undefined)[],
): MessageState {
  if (attempts.length === 0) return stateOfSent(senders)
  const last = new Map<string, number>()
  for (const [index, attempt] of attempts.entries()) last.set(attempt.group, index)
  const open = [...last.values()].filter((index) => !isContinued(index, attempts))
  const outcomes = open.map((index) => message.attempts[index]!.outcome)
  if (open.some((index) => isDeadLetter(attempts[index]!))) return 'dead-lettered'
  if (outcomes.some((outcome) => outcome === 'failed' || outcome === 'settled-negatively')) return 'failed'
  return outcomes.every((outcome) => outcome === 'succeeded') ? 'processed' : 'unknown'
}

/** A copy that the broker had already and dropped waits for nobody. */
function stateOfSent(senders: readonly (Span | undefined)[]): MessageState {
  if (senders.some((sender) => sender?.status === 'error')) return 'failed'
  return senders.some((sender) => sender?.facts.duplicate === true) ? 'unknown' : 'in-flight'
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

/** A dead letter goes on with the attempts of the queue that it comes from, in whatever group. */
function isContinued(index: number, attempts: readonly GroupedAttempt[]): boolean {
  const queue = destinationOf(innermost(attempts[index]!).facts) ?? ''
  return attempts.slice(index + 1).some((later) => {
    const { facts } = innermost(later)
    const source = textOf(facts.deadLetterSource)
    return source !== undefined && (source === queue || queue.split(':').includes(source))
  })
}
