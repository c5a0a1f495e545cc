import type { Span } from '../decode/span.ts'
import type { Attempt } from '../model.ts'
import { nanosOf, numberOf } from '../names/messaging.ts'
import { gotAt, innermost, type GroupedAttempt } from './attempts.ts'
import { Clocks } from './clocks.ts'
import { isDirect } from './message-state.ts'
import type { FlowMessage } from './messages.ts'

/** Clocks as they stand. */
const RAW = new Clocks()

/** From when a message waits: when the broker took it, or, as nobody said, when the sender had handed it over. */
export function sentAt({ sender, message }: FlowMessage, clocks: Clocks = RAW): bigint | undefined {
  const broker = message.brokerTimeUnixNano
  const taken =
    broker === undefined ? sender && clocks.endOf(sender) : clocks.atBroker(BigInt(broker), message.system)
  const start = sender && clocks.startOf(sender)
  return taken === undefined || start === undefined || taken >= start ? taken : start
}

/** For how long the producer had asked to hold back what this attempt got: nanoseconds. */
export function delayOf(attempt: GroupedAttempt, { sender, handOver }: FlowMessage): bigint {
  const asked = attempt.number === 1 ? (sender?.facts.delay ?? handOver?.facts.delay) : undefined
  return nanosOf(Math.max(0, numberOf(innermost(attempt).facts.delay ?? asked) ?? 0))
}

/** How long the message waited for this attempt, and how much of that was asked for. */
export function waitOf(attempt: GroupedAttempt, message: FlowMessage): Pick<Attempt, 'dwellMs' | 'delayMs'> {
  const since = waitsSince(attempt, message)
  const seen = since === undefined ? undefined : Number(gotAt(attempt) - since) / 1e6
  return partsOf(numberOf(innermost(attempt).facts.dwell) ?? seen, attempt, message)
}

/** From when the message waits for this attempt: since it was sent, or since the attempt before has ended. */
function waitsSince(attempt: GroupedAttempt, message: FlowMessage, clocks: Clocks = RAW): bigint | undefined {
  const earlier = earlierOf(attempt, message)
  return earlier && clocks.endOf(earlier) <= clocks.at(gotAt(attempt), attempt.deliveries[0]!.step)
    ? clocks.endOf(earlier)
    : sentAt(message, clocks)
}

/**
 * The attempt that this one repeats: the one before in its group, or, where a retry topic or a dead-letter
 * queue led on to another group, the last one that ended before.
 */
export function attemptBefore(
  attempt: GroupedAttempt,
  { message, attempts }: FlowMessage,
): GroupedAttempt | undefined {
  const inGroup = attempts.findLast((other) => other.group === attempt.group && other.number < attempt.number)
  if (inGroup || isDirect(attempt, message.destination)) return inGroup
  const before = attempts.slice(0, attempts.indexOf(attempt))
  return before.toSorted((a, b) => (innermost(a).step.end < innermost(b).step.end ? -1 : 1)).at(-1)
}

export function earlierOf(attempt: GroupedAttempt, message: FlowMessage): Span | undefined {
  const before = attemptBefore(attempt, message)
  return before && innermost(before).step
}

/** Corrects the waits of a message between services whose clocks disagree. */
export function correctWaits(message: FlowMessage, clocks: Clocks): void {
  for (const [index, attempt] of message.attempts.entries()) {
    const { step } = attempt.deliveries[0]!
    const sent = waitsSince(attempt, message, clocks)
    const raw = waitsSince(attempt, message)
    if (sent === undefined || raw === undefined) continue
    const waited = clocks.at(gotAt(attempt), step) - sent
    const seen = gotAt(attempt) - raw
    if (waited === seen) continue
    const described = message.message.attempts[index]!
    Object.assign(described, partsOf(Number(waited) / 1e6, attempt, message))
    described.rawDwellMs = Number(seen - delayOf(attempt, message)) / 1e6
    const uncertainty = uncertaintyOf(message, attempt, clocks)
    if (uncertainty !== undefined) described.dwellUncertaintyMs = Number(uncertainty) / 1e6
  }
}

/** Both ends may be wrong; an end that was moved to its only bound is wrong by nobody knows how much. */
function uncertaintyOf({ sender }: FlowMessage, attempt: GroupedAttempt, clocks: Clocks): bigint | undefined {
  let sum = 0n
  for (const span of [sender, attempt.deliveries[0]!.step]) {
    if (!span || !clocks.isMoved(span)) continue
    const uncertainty = clocks.uncertaintyOf(span)
    if (uncertainty === undefined) return undefined
    sum += uncertainty
  }
  return sum
}

function partsOf(
  waitedMs: number | undefined,
  attempt: GroupedAttempt,
  message: FlowMessage,
): Pick<Attempt, 'dwellMs' | 'delayMs'> {
  if (waitedMs === undefined) return {}
  const waited = Math.max(0, waitedMs)
  const delayMs = Math.min(waited, Number(delayOf(attempt, message)) / 1e6)
  return { dwellMs: waited - delayMs, ...(delayMs > 0 && { delayMs }) }
}
