import type { Span } from '../decode/span.ts'
import type { Evidence } from '../model.ts'
import { coordinatesIn, isIn, rangesOf } from '../names/coordinates.ts'
import { destinationOf, hasJoinKeys, systemOf, textOf } from '../names/messaging.ts'
import type { Cause } from './causes.ts'
import { isConsumer } from './container.ts'
import { remember, type Memory } from './remember.ts'
import type { Spans } from './spans.ts'

/** Offsets come again when a topic is made anew, and ids are chosen by people. */
export const MAX_SENDERS = 10

const CAUSES: Memory<Span, readonly Cause[]> = new WeakMap()
const REPORTING: Memory<string, readonly Span[]> = new WeakMap()
const SENT_TO: Memory<string, readonly Span[]> = new WeakMap()

/**
 * Who sent what a consumer got whose message carried no context: the sender that reports the same
 * coordinate, or else that of the message that this one is a copy of, or else the same message id on the same
 * destination, or else a declared key with the same value on the same destination at about the same time.
 */
export function sendersByKey(consumer: Span, spans: Spans): readonly Cause[] {
  return remember(CAUSES, consumer, spans, findCauses)
}

function findCauses(consumer: Span, spans: Spans): readonly Cause[] {
  for (const [evidence, senders] of sendersByEachKey(consumer, spans))
    if (senders.length > 0) return joined(senders, evidence)
  return []
}

/** Who reports each key of the consumer, the best evidence first; of very many senders, only that there are too many. */
export function* sendersByEachKey(
  consumer: Span,
  spans: Spans,
): Generator<[evidence: Evidence, senders: readonly Span[]]> {
  if (!hasJoinKeys(consumer.kind)) return
  for (const place of [consumer.coordinate, textOf(consumer.facts.original)])
    if (place !== undefined) yield ['coordinate', reporting('coordinate', place, spans)]
  const id = textOf(consumer.facts.messageId)
  if (id !== undefined) yield ['message-id', sentTo(consumer, id, spans)]
  const senders: Span[] = []
  for (const other of spans.sharingKey(consumer)) {
    if (isSentTo(other, consumer)) senders.push(other)
    if (senders.length > MAX_SENDERS) break
  }
  yield ['key', senders]
}

/** Who sent the message with this id to where the consumer got it from. */
function sentTo(consumer: Span, id: string, spans: Spans): readonly Span[] {
  const key = JSON.stringify([id, systemOf(consumer.facts), destinationOf(consumer.facts)])
  return remember(SENT_TO, key, spans, () =>
    reporting('message-id', id, spans).filter((span) => isSentTo(span, consumer)),
  )
}

/** Who reports to have sent what the consumer got, by a key that it reports; nobody where too many do. */
export function sendersOf(
  evidence: 'coordinate' | 'message-id',
  value: string,
  consumer: Span,
  spans: Spans,
): readonly Span[] {
  const senders = reporting(evidence, value, spans).filter((span) => isSentTo(span, consumer))
  return senders.length > MAX_SENDERS ? [] : senders
}

/** Whether the sender reports that key and was sent to where the consumer got it: `sendersOf` has it then. */
export function isSenderOf(
  sender: Span,
  evidence: 'coordinate' | 'message-id',
  value: string,
  consumer: Span,
): boolean {
  return isSentTo(sender, consumer) && reports(sender, evidence, value)
}

export function isSentTo(sender: Span, consumer: Span): boolean {
  return isSender(sender) && sameDestination(sender, consumer)
}

/** Senders that say so of themselves: what a span's links carry is of the messages that they lead to. */
export function reporting(
  evidence: 'coordinate' | 'message-id',
  value: string,
  spans: Spans,
): readonly Span[] {
  return remember(REPORTING, `${evidence} ${value}`, spans, () => {
    const found = evidence === 'coordinate' ? sharingPlace(value, spans) : spans.withMessageId(value)
    return found.filter((span) => isSender(span) && reports(span, evidence, value))
  })
}

function reports(span: Span, evidence: 'coordinate' | 'message-id', value: string): boolean {
  const { facts, coordinate } = span
  if (evidence === 'message-id') return textOf(facts.messageId) === value
  return coordinate === value || isIn(rangesOf(facts), value)
}

/** Spans of which a message lies there: its own, or one that it shares with others. */
export function sharingPlace(coordinate: string, spans: Spans): readonly Span[] {
  const shared = spans.withRangeOver(coordinate)
  const own = spans.withCoordinate(coordinate)
  return shared.length === 0 ? own : [...new Set([...own, ...shared])]
}

/** Consumers that `sendersByKey` may join to this sender. */
export function consumersByKey(sender: Span, spans: Spans): Span[] {
  if (!isSender(sender)) return []
  const { coordinate } = sender
  const id = textOf(sender.facts.messageId)
  const found = [
    ...(coordinate === undefined ? [] : spans.withCoordinate(coordinate)),
    ...Array.from(coordinatesIn(rangesOf(sender.facts)), (place) => spans.withCoordinate(place)).flat(),
    ...(id === undefined ? [] : spans.withMessageId(id)),
    ...spans.sharingKey(sender),
  ]
  const consumers = [...new Set(found)].filter(isConsumer)
  if (consumers.length <= MAX_SENDERS) return consumers
  return consumers.filter((consumer) => sendersByKey(consumer, spans).some(({ from }) => from === sender))
}

/** A copy that the broker dropped reports the coordinate of the message that it is a copy of. */
export function isSender(span: Span): boolean {
  if (span.facts.duplicate === true) return false
  const operation = span.operation
  return hasJoinKeys(span.kind) && (operation === 'send' || operation === 'create')
}

/** Whether both went to the very same place, so that whoever got what the one sent may have it from the other. */
export function isSentAlike({ facts: a }: Span, { facts: b }: Span): boolean {
  return systemOf(a) === systemOf(b) && destinationOf(a) === destinationOf(b)
}

function sameDestination(a: Span, b: Span): boolean {
  if (systemOf(a.facts) !== systemOf(b.facts)) return false
  const [left, right] = [destinationOf(a.facts), destinationOf(b.facts)]
  return left === undefined || right === undefined || isSameDestination(left, right)
}

/** RabbitMQ's consumers append the queue to what the producer calls the destination. */
export function isSameDestination(left: string, right: string): boolean {
  if (left === right) return true
  return right.startsWith(`${left}:`) || right.split(':').includes(left) || left.split(':').includes(right)
}

/** A key that several senders report proves that one of them is meant; one that many report proves nothing. */
function joined(senders: readonly Span[], evidence: Evidence): Cause[] {
  if (senders.length > MAX_SENDERS) return []
  return senders.map((from) => ({ from, evidence, carries: true, mayCause: senders.length > 1 }))
}
