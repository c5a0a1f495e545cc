import type { Span } from '../decode/span.ts'
import type { ClockSkew } from '../model.ts'
import { nanosOf, numberOf } from '../names/messaging.ts'
import { gotAt } from './attempts.ts'
import type { FlowEdge } from './edges.ts'
import type { FlowMessage } from './messages.ts'

const CLIENT = 3
const SERVER = 2
/** Brokers tell milliseconds. */
const BROKER_PRECISION = 1_000_000n

/** `to`'s clock is ahead of `from`'s by at most this much, in nanoseconds. */
interface Bound {
  from: string
  to: string
  most: bigint
}

interface Correction {
  offset: bigint
  /** Missing where nothing bounds it from one side. */
  uncertainty?: bigint
}

/**
 * How far the clocks of a flow's services are provably apart. What caused something can't come after it, a
 * call lies within its caller's, and a broker takes a message while it is sent: each is a bound on the
 * difference of two clocks, and the shortest paths through all bounds are the tightest ones. A clock is
 * corrected only where zero is outside of its bounds: to their middle, or to the one there is. The clock of
 * the flow's origin is the one that counts.
 */
export class Clocks {
  readonly #corrections: ReadonlyMap<string, Correction>

  constructor(corrections: ReadonlyMap<string, Correction> = new Map()) {
    this.#corrections = corrections
  }

  get isCorrected(): boolean {
    return this.#corrections.size > 0
  }

  startOf(span: Span): bigint {
    return this.at(span.start, span)
  }

  endOf(span: Span): bigint {
    return this.at(span.end, span)
  }

  /** A time on the clock of the span's service, as the origin's clock has it. */
  at(time: bigint, span: Span): bigint {
    return this.isCorrected ? time - this.#offsetOf(serviceClock(span)) : time
  }

  atBroker(time: bigint, system: string): bigint {
    return this.isCorrected ? time - this.#offsetOf(brokerClock(system)) : time
  }

  /** Nanoseconds by which times on the span's clock may be wrong still; undefined if they are as they came. */
  uncertaintyOf(span: Span): bigint | undefined {
    return this.#corrections.get(serviceClock(span))?.uncertainty
  }

  isMoved(span: Span): boolean {
    return this.#corrections.has(serviceClock(span))
  }

  /** Of the services, by name. */
  skews(): ClockSkew[] {
    return [...this.#corrections]
      .filter(([clock]) => clock.startsWith(SERVICE))
      .map(([clock, { offset, uncertainty }]) => ({
        service: clock.slice(SERVICE.length),
        offsetMs: Number(offset) / 1e6,
        ...(uncertainty !== undefined && { uncertaintyMs: Number(uncertainty) / 1e6 }),
      }))
      .sort((a, b) => (a.service < b.service ? -1 : 1))
  }

  #offsetOf(clock: string): bigint {
    return this.#corrections.get(clock)?.offset ?? 0n
  }
}

export function clocksOf(origin: Span, edges: readonly FlowEdge[], messages: readonly FlowMessage[]): Clocks {
  const bounds: Bound[] = []
  for (const edge of edges) addBoundsOfEdge(bounds, edge)
  for (const message of messages) addBoundsOfMessage(bounds, message)
  // Without a bound that zero breaks, zero is within all that follows from them.
  if (bounds.every(({ most }) => most >= 0n)) return new Clocks()
  const reference = serviceClock(origin)
  const ahead = distances(reference, bounds)
  const behind = distances(
    reference,
    bounds.map(({ from, to, most }) => ({ from: to, to: from, most })),
  )
  if (!ahead || !behind) return new Clocks()
  const corrections = new Map<string, Correction>()
  for (const clock of new Set([...ahead.keys(), ...behind.keys()])) {
    const correction = correctionOf(negated(behind.get(clock)), ahead.get(clock))
    if (correction && clock !== reference) corrections.set(clock, correction)
  }
  return new Clocks(corrections)
}

function correctionOf(least: bigint | undefined, most: bigint | undefined): Correction | undefined {
  if ((least ?? 0n) <= 0n && (most ?? 0n) >= 0n) return undefined
  if (least === undefined || most === undefined) return { offset: (least ?? most)! }
  return { offset: (least + most) / 2n, uncertainty: (most - least + 1n) / 2n }
}

function addBoundsOfEdge(bounds: Bound[], { from, to, evidence, carries, delivery }: FlowEdge): void {
  if (evidence !== 'parent' || !carries || delivery || from.service === to.service) return
  bounds.push({ from: serviceClock(from), to: serviceClock(to), most: to.start - from.start })
  if (from.kind === CLIENT && to.kind === SERVER)
    bounds.push({ from: serviceClock(to), to: serviceClock(from), most: from.end - to.end })
}

function addBoundsOfMessage(bounds: Bound[], { message, sender, handOver, attempts }: FlowMessage): void {
  const sent = handOver ?? sender
  for (const attempt of attempts) {
    const { step } = attempt.deliveries[0]!
    const got = gotAt(attempt)
    if (sender && sender.service !== step.service)
      bounds.push({ from: serviceClock(sender), to: serviceClock(step), most: got - sender.start })
    const broker = numberOf(attempt.deliveries[0]!.facts.brokerTime)
    if (broker === undefined) continue
    bounds.push({ from: brokerClock(message.system), to: serviceClock(step), most: got - nanosOf(broker) })
  }
  if (sent?.operation === 'send' && message.brokerTimeUnixNano !== undefined)
    addBoundsOfSend(bounds, sent, BigInt(message.brokerTimeUnixNano), brokerClock(message.system))
}

/** The broker took the message after its sending began, and before it was acknowledged. */
function addBoundsOfSend(bounds: Bound[], sent: Span, broker: bigint, clock: string): void {
  const own = serviceClock(sent)
  bounds.push(
    { from: clock, to: own, most: sent.end - broker },
    { from: own, to: clock, most: broker + BROKER_PRECISION - sent.start },
  )
}

const SERVICE = 'service:'

function serviceClock({ service }: Span): string {
  return SERVICE + service
}

function brokerClock(system: string): string {
  return `broker:${system}`
}

/** Shortest paths (Bellman-Ford, as bounds may be negative); undefined where the bounds contradict each other. */
function distances(from: string, bounds: readonly Bound[]): Map<string, bigint> | undefined {
  const tightest = new Map<string, Bound>()
  for (const bound of bounds) {
    const key = `${bound.from}\n${bound.to}`
    const known = tightest.get(key)
    if (!known || bound.most < known.most) tightest.set(key, bound)
  }
  const clocks = new Set(bounds.flatMap((bound) => [bound.from, bound.to]))
  const found = new Map([[from, 0n]])
  for (let round = 0; round <= clocks.size; round++) {
    let changed = false
    for (const bound of tightest.values()) {
      const start = found.get(bound.from)
      const known = found.get(bound.to)
      if (start === undefined || (known !== undefined && known <= start + bound.most)) continue
      found.set(bound.to, start + bound.most)
      changed = true
    }
    if (!changed) return found
  }
  return undefined
}

function negated(value: bigint | undefined): bigint | undefined {
  return value === undefined ? undefined : -value
}
