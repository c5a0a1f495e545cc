import { append } from '../append.ts'
import type { Span } from '../decode/span.ts'
import type { Attempt } from '../model.ts'
import { destinationOf, numberOf, textOf, type Facts } from '../names/messaging.ts'
import { childrenOf, isContainer } from '../stitch/container.ts'
import type { Spans } from '../stitch/spans.ts'
import { ancestorsOf, byStart } from '../stitch/trace.ts'

/** A consumer step that got the message, with everything it and its link say about the delivery. */
export interface Delivery {
  step: Span
  facts: Facts
}

/** One delivery of the message to one group, and the steps that make it up, from the outermost to the innermost. */
export interface GroupedAttempt {
  group: string
  number: number
  deliveries: Delivery[]
}

/** Receive, batch and process steps of one delivery become one attempt; each group counts its own. */
export function attemptsOf(deliveries: readonly Delivery[], spans: Spans): GroupedAttempt[] {
  const groups = new Map<string, Delivery[]>()
  for (const delivery of deliveries) append(groups, groupOf(delivery.facts), delivery)
  return [...groups].flatMap(([group, members]) => attemptsOfGroup(group, members, spans)).sort(byTime)
}

function groupOf(facts: Facts): string {
  return textOf(facts.consumerGroup) ?? textOf(facts.subscription) ?? destinationOf(facts) ?? ''
}

function byTime(a: GroupedAttempt, b: GroupedAttempt): number {
  return byStart(firstStep(a), firstStep(b))
}

function attemptsOfGroup(group: string, members: readonly Delivery[], spans: Spans): GroupedAttempt[] {
  const attempts: GroupedAttempt[] = []
  const sorted = members.toSorted(
    (a, b) => depthOf(a.step, spans) - depthOf(b.step, spans) || byStart(a.step, b.step),
  )
  for (const delivery of sorted) {
    const outer = attempts.find((attempt) => isPartOf(delivery, attempt, spans))
    if (outer) outer.deliveries.push(delivery)
    else attempts.push({ group, number: 0, deliveries: [delivery] })
  }
  attempts.sort(byTime)
  let last = 0
  for (const attempt of attempts) {
    last = Math.max(last + 1, explicitNumber(attempt) ?? 0)
    attempt.number = last
  }
  return attempts
}

function explicitNumber({ deliveries }: GroupedAttempt): number | undefined {
  return numberOf(deliveries.findLast(({ facts }) => facts.attempt !== undefined)?.facts.attempt)
}

/** A step inside one of the attempt's, or one that works on what the attempt's has received. */
function isPartOf({ step, facts }: Delivery, attempt: GroupedAttempt, spans: Spans): boolean {
  const inner = innermost(attempt)
  if (isProcessing(inner.step, spans)) return false
  if (attempt.deliveries.some((outer) => isInside(step, outer.step, spans))) return true
  const received = inner.step.operation === 'receive' && step.start >= inner.step.start
  return received && isProcessing(step, spans) && !contradicts(facts, inner.facts)
}

/** Works on this message alone, so that a second such step is a second attempt. */
function isProcessing(step: Span, spans: Spans): boolean {
  return step.operation !== 'receive' && !isContainer(step, spans)
}

function contradicts(a: Facts, b: Facts): boolean {
  return a.attempt !== undefined && b.attempt !== undefined && numberOf(a.attempt) !== numberOf(b.attempt)
}

export function innermost({ deliveries }: GroupedAttempt): Delivery {
  return deliveries.at(-1)!
}

function firstStep({ deliveries }: GroupedAttempt): Span {
  return deliveries[0]!.step
}

/** When the group got the message: as its work on it starts, or as the poll that brought it ends. */
export function gotAt(attempt: GroupedAttempt): bigint {
  const first = firstStep(attempt)
  return first.operation === 'receive' ? first.end : first.start
}

function isInside(step: Span, outer: Span, spans: Spans): boolean {
  if (step.traceId !== outer.traceId) return false
  for (const ancestor of ancestorsOf(step, spans.trace(step.traceId))) if (ancestor === outer) return true
  return false
}

function depthOf(step: Span, spans: Spans): number {
  return [...ancestorsOf(step, spans.trace(step.traceId))].length
}

const NEGATIVE = new Set([
  'nack',
  'nak',
  'reject',
  'requeue',
  'term',
  'abandon',
  'release',
  'dead_letter',
  'dead-letter',
  'deadletter',
  'channel-closed',
  'expired',
])

export function outcomeOf(attempt: GroupedAttempt, spans: Spans): Attempt['outcome'] {
  if (failureOf(attempt)) return 'failed'
  if (negativeOf(attempt, spans) !== undefined) return 'settled-negatively'
  return innermost(attempt).step.operation === 'receive' ? 'unknown' : 'succeeded'
}

/** What went wrong, in the words of the innermost step that failed or of the settlement, if anything did. */
export function troubleOf(attempt: GroupedAttempt, spans: Spans): string | undefined {
  const failure = failureOf(attempt)
  return failure ? (textOf(failure.facts.errorType) ?? 'error') : negativeOf(attempt, spans)
}

function failureOf({ deliveries }: GroupedAttempt): Delivery | undefined {
  return deliveries.findLast(({ step }) => step.status === 'error')
}

function negativeOf(attempt: GroupedAttempt, spans: Spans): string | undefined {
  const { step, facts } = innermost(attempt)
  const settles = childrenOf(step, spans).filter((child) => child.operation === 'settle')
  const words = [facts.settlement, ...settles.map((child) => child.facts.operationName)].map(textOf)
  return words.find((word) => word !== undefined && NEGATIVE.has(word))
}
