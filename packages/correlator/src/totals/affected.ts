import type { Span } from '../decode/span.ts'
import { coordinatesIn, rangesOf } from '../names/coordinates.ts'
import { textOf } from '../names/messaging.ts'
import { isConsumer } from '../stitch/container.ts'
import {
  isSender,
  isSentAlike,
  isSentTo,
  MAX_SENDERS,
  reporting,
  sendersByEachKey,
  sharingPlace,
} from '../stitch/keys.ts'
import { remember, type Memory } from '../stitch/remember.ts'
import type { Spans } from '../stitch/spans.ts'
import { byStart } from '../stitch/trace.ts'
import { receiversWith } from './unit.ts'

const EARLY: Memory<Span, number> = new WeakMap()

/**
 * The traces whose units may change when something of this trace comes: those that it links to, and those
 * that count a message which one of its spans may have sent or got. A report that a newer one replaces
 * counts, too: what was counted by it has to go.
 */
export function affectedBy(traceId: string, spans: Spans): Set<string> {
  const affected = new Set([traceId])
  for (const span of spans.reports(traceId)) {
    for (const link of span.links) affected.add(link.traceId)
    const others = isConsumer(span) ? countedWith(span, spans) : joinedAnew(span, spans)
    for (const other of others) affected.add(other.traceId)
  }
  return affected
}

/** What counts the consumer's message, whichever of its keys says who sent it, or nobody does. */
function* countedWith(consumer: Span, spans: Spans): Generator<Span> {
  for (const [, senders] of sendersByEachKey(consumer, spans))
    if (senders.length <= MAX_SENDERS) yield* senders
  const receivers = receiversWith(consumer, spans)
  const [first] = receivers
  // Where this one is the first now, the one behind it was.
  const next = receivers.find((other) => byStart(other, consumer) > 0)
  for (const receiver of [first, next]) if (receiver) yield receiver
}

/**
 * Those that this sender takes part in finding senders for, with what else counts their messages. A key with
 * too many senders finds none, so that one more changes nothing, unless it is one of the first.
 */
function* joinedAnew(sender: Span, spans: Spans): Generator<Span> {
  if (!isSender(sender)) return
  const { arrived } = spans.span(sender)!
  for (const [senders, sharing] of keysOf(sender, spans)) {
    if (!isEarly(arrived, senders)) continue
    for (const other of sharing) {
      yield other
      if (isConsumer(other)) yield* countedWith(other, spans)
    }
  }
  for (const other of spans.sharingKey(sender)) {
    if (!isConsumer(other) || arrived > remember(EARLY, other, spans, lastEarly)) continue
    yield other
    yield* countedWith(other, spans)
    yield* spans.sharingKey(other).filter(isSender)
  }
}

/** For each of the sender's keys, but declared ones, who sent alike by it, and who shares it. */
function* keysOf(sender: Span, spans: Spans): Generator<[senders: Iterable<Span>, sharing: readonly Span[]]> {
  const { facts, coordinate } = sender
  const id = textOf(facts.messageId)
  const places = new Set(coordinatesIn(rangesOf(facts)))
  if (coordinate !== undefined) places.add(coordinate)
  for (const place of places)
    if (spans.withCoordinate(place).length > 0)
      yield [reporting('coordinate', place, spans), sharingPlace(place, spans)]
  if (id !== undefined) yield [sentLike(sender, id, spans), spans.withMessageId(id)]
}

/** Senders to the very same destination: whoever one of them may be the sender for, all may. */
function* sentLike(sender: Span, id: string, spans: Spans): Generator<Span> {
  for (const other of reporting('message-id', id, spans)) if (isSentAlike(sender, other)) yield other
}

/** Whether it came before there were too many, so that it is they or it that made them too many. */
function isEarly(arrived: number, senders: Iterable<Span>): boolean {
  let before = 0
  for (const other of senders) if (other.arrived < arrived && ++before > MAX_SENDERS) return false
  return true
}

/** When the sender came that made those with the consumer's declared key too many. */
function lastEarly(consumer: Span, spans: Spans): number {
  const senders = spans.sharingKey(consumer).filter((other) => isSentTo(other, consumer))
  const arrivals = senders.map(({ arrived }) => arrived).sort((a, b) => a - b)
  return arrivals[MAX_SENDERS] ?? Infinity
}
