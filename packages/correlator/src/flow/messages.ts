import { append } from '../append.ts'
import type { Span, SpanLink } from '../decode/span.ts'
import type { Attempt, Message, StepRef } from '../model.ts'
import { coordinatesIn, rangesOf } from '../names/coordinates.ts'
import {
  coordinateOf,
  destinationOf,
  KIND_PRODUCER,
  nanosOf,
  numberOf,
  systemOf,
  textOf,
  type Facts,
} from '../names/messaging.ts'
import { parentOf } from '../stitch/causes.ts'
import { isConsumer, keyOf, linksOf, linkTo } from '../stitch/container.ts'
import { sendersByKey } from '../stitch/keys.ts'
import type { Spans } from '../stitch/spans.ts'
import {
  attemptsOf,
  innermost,
  outcomeOf,
  troubleOf,
  type Delivery,
  type GroupedAttempt,
} from './attempts.ts'
import { conflictsOf } from './conflicts.ts'
import type { FlowEdge } from './edges.ts'
import { isDuplicate, stateOf } from './message-state.ts'
import { attemptBefore, waitOf } from './waits.ts'

/** A message with the steps that it is made of. */
export interface FlowMessage {
  message: Message
  /** Missing where telemetry of it was lost. */
  sender?: Span
  /** The send span, where that is another one: the sender made the message, and this step handed it over. */
  handOver?: Span
  attempts: GroupedAttempt[]
}

/** What is known of a message before it is one: who sent it, how it was handed over, who got it. */
interface Draft {
  key: string
  /** Where it lies, as its sender says of all messages that it shares its span with. */
  coordinate?: string
  sender?: Span
  handedOver?: FlowEdge
  deliveries: Delivery[]
}

/** The messages between the steps, sent or got; a batch send without create spans sends several. */
export function messagesOf(steps: readonly Span[], edges: readonly FlowEdge[], spans: Spans): FlowMessage[] {
  const deliveries = new Map<Span, Delivery[]>()
  for (const edge of edges) if (edge.delivery) append(deliveries, edge.from, deliveryOf(edge.to, edge.link))
  const got = new Set([...deliveries.values()].flat().map((delivery) => delivery.step))
  const handedOver = sendsByCreate(edges)
  const sent = steps
    .filter((step) => deliveries.has(step) || handedOver.has(step) || sendsItsContext(step))
    .flatMap((sender) => {
      const draft: Draft = { key: keyOf(sender), sender, deliveries: deliveries.get(sender) ?? [] }
      const edge = handedOver.get(sender)
      return split(edge ? { ...draft, handedOver: edge } : draft)
    })
  return [...sent, ...draftsWithoutSender(steps, got, spans)].map((draft) => messageOf(draft, spans))
}

function deliveryOf(step: Span, link: SpanLink | undefined): Delivery {
  return { step, facts: link ? { ...step.facts, ...link.facts } : step.facts }
}

/** Messages that were got while nothing is known of who sent them. */
function draftsWithoutSender(steps: readonly Span[], got: ReadonlySet<Span>, spans: Spans): Draft[] {
  const drafts = new Map<string, Delivery[]>()
  for (const step of steps) {
    if (got.has(step) || !isConsumer(step)) continue
    const links = linksOf(step, spans)
    for (const link of links) if (!spans.span(link)) append(drafts, keyOf(link), deliveryOf(step, link))
    if (!isWithoutSender(step, spans)) continue
    append(drafts, step.coordinate ?? keyOf(step), deliveryOf(step, undefined))
  }
  return [...drafts].map(([key, deliveries]) => ({ key, deliveries }))
}

/** Whether nothing at all says who sent what the step got. */
export function isWithoutSender(step: Span, spans: Spans): boolean {
  if (linksOf(step, spans).length > 0 || parentOf(step, spans)) return false
  return sendersByKey(step, spans).length === 0
}

/** The message that the receivers link to, while the span that sent it is missing. */
export function messageOfLost(sender: StepRef, receivers: readonly Span[], spans: Spans): FlowMessage {
  const deliveries = receivers.map((step) => deliveryOf(step, linkTo(sender, step, spans)))
  return messageOf({ key: keyOf(sender), deliveries }, spans)
}

/** The message that the receivers report at one coordinate, while nothing says who sent it. */
export function messageAt(receivers: readonly Span[], spans: Spans): FlowMessage {
  const deliveries = receivers.map((step) => deliveryOf(step, undefined))
  const [{ step, facts }] = deliveries as [Delivery]
  return messageOf({ key: coordinateOf(facts) ?? keyOf(step), deliveries }, spans)
}

/** A create span is one message; a send span is one where its own context travels, which its kind says. */
function sendsItsContext(step: Span): boolean {
  const operation = step.operation
  return operation === 'create' || (operation === 'send' && step.kind === KIND_PRODUCER)
}

/** The edge from each create span, or context that the user put on a message, to the send span that handed it over. */
function sendsByCreate(edges: readonly FlowEdge[]): Map<Span, FlowEdge> {
  return new Map(
    edges.filter((edge) => edge.to.operation === 'send' && edge.link).map((edge) => [edge.from, edge]),
  )
}

/**
 * Which deliveries are of one message. One context is one message, whatever queues and ids it passes
 * through, unless it travels in several: then their coordinates or ids tell them apart. Those whose places the
 * sender tells are there whether or not somebody got them.
 */
function split(draft: Draft): Draft[] {
  const { sender, deliveries } = draft
  const single = sender && sender.operation && (numberOf(sender.facts.batchCount) ?? 1) <= 1
  const ranges = sender ? rangesOf(sender.facts) : []
  if (ranges.length === 0 && (single || deliveries.length === 0)) return [draft]
  const places = new Set(coordinatesIn(ranges))
  const messages = new Map<string, Delivery[]>(Array.from(places, (place) => [place, []]))
  for (const delivery of deliveries) {
    const { facts } = delivery
    append(messages, textOf(facts.original) ?? coordinateOf(facts) ?? textOf(facts.messageId) ?? '', delivery)
  }
  return [...messages].map(([suffix, own]) => ({
    ...draft,
    key: suffix === '' ? draft.key : `${draft.key}/${suffix}`,
    deliveries: own,
    ...(places.has(suffix) && { coordinate: suffix }),
  }))
}

function messageOf(draft: Draft, spans: Spans): FlowMessage {
  const { key, sender, handedOver, deliveries } = draft
  const facts = factsOf(draft)
  const attempts = attemptsOf(deliveries, spans)
  const message: Message = {
    key,
    system: systemOf(facts) ?? 'unknown',
    destination: destinationOf(facts) ?? 'unknown',
    flowIds: [],
    attempts: [],
    state: 'unknown',
  }
  describe(message, facts)
  if (sender) {
    message.sent = { traceId: sender.traceId, spanId: sender.spanId }
    message.sentTimeUnixNano = sender.start.toString()
  }
  const result: FlowMessage = { message, attempts }
  if (sender) result.sender = sender
  if (handedOver) result.handOver = handedOver.to
  message.attempts = attempts.map((attempt) => attemptOf(attempt, result, spans))
  const conflicts = conflictsOf(result, deliveries, spans)
  if (conflicts.length > 0) message.conflicts = conflicts
  const senders = [sender, handedOver?.to]
  message.state = stateOf(message, attempts, senders, spans)
  if (message.state === 'unknown') {
    const unsent = senders.some(isDuplicate) ? 'duplicate' : 'aborted'
    message.reasons = [attempts.length === 0 ? unsent : 'outcome-not-reported']
  }
  return result
}

/** What the sender says counts most: a dead letter still is the message that was sent. */
function factsOf({ coordinate, deliveries, sender, handedOver }: Draft): Facts {
  const got = deliveries.toReversed().map((delivery) => delivery.facts)
  const facts: Facts = Object.assign({}, ...got, handedOver?.to.facts, handedOver?.link?.facts)
  Object.assign(facts, sender?.facts)
  if (coordinate === undefined) return facts
  return { ...facts, coordinate, destination: facts.destination ?? coordinate.split('/')[1] ?? '' }
}

function describe(message: Message, facts: Facts): void {
  const id = textOf(facts.messageId)
  const coordinate = coordinateOf(facts)
  const brokerMs = numberOf(facts.brokerTime)
  if (id !== undefined) message.id = id
  if (coordinate !== undefined) message.coordinate = coordinate
  if (brokerMs !== undefined) message.brokerTimeUnixNano = nanosOf(brokerMs).toString()
}

function attemptOf(attempt: GroupedAttempt, message: FlowMessage, spans: Spans): Attempt {
  const { step, facts } = innermost(attempt)
  const result: Attempt = {
    number: attempt.number,
    step: { traceId: step.traceId, spanId: step.spanId },
    outcome: outcomeOf(attempt, spans),
  }
  const group = textOf(facts.consumerGroup)
  if (group !== undefined) result.consumerGroup = group
  const cause = causeOf(attempt, message, spans)
  if (cause !== undefined) result.cause = cause
  return Object.assign(result, waitOf(attempt, message))
}

/** Why the message came again: the broker's word for it, or what was wrong with the attempt before. */
function causeOf(attempt: GroupedAttempt, message: FlowMessage, spans: Spans): string | undefined {
  const before = attemptBefore(attempt, message)
  return textOf(innermost(attempt).facts.deadLetterReason) ?? (before && troubleOf(before, spans))
}
