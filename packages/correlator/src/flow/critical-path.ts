import { append } from '../append.ts'
import type { Span } from '../decode/span.ts'
import type { Segment } from '../model.ts'
import type { GroupedAttempt } from './attempts.ts'
import type { Clocks } from './clocks.ts'
import type { FlowEdge } from './edges.ts'
import type { FlowMessage } from './messages.ts'
import { delayOf, earlierOf, sentAt } from './waits.ts'

/** What a path is made of: the steps that the flow lasts as long as, what links them, and the time it covers. */
export interface PathInput {
  steps: readonly Span[]
  edges: readonly FlowEdge[]
  messages: readonly FlowMessage[]
  clocks: Clocks
  start: bigint
  end: bigint
}

interface DeliveredStep {
  message: FlowMessage
  attempt: GroupedAttempt
  step: Span
}

/**
 * Where the flow's time went, walked backward from the step that ended last: through the child that ended
 * last before each moment, and, at a step's start, to what it had waited for last. The segments partition
 * the time from `start` to `end` exactly, whatever the clocks said.
 */
export function criticalPath(input: PathInput): Segment[] {
  return new PathWalk(input).walk()
}

class PathWalk {
  readonly #input: PathInput
  readonly #children = new Map<Span, Span[]>()
  readonly #parents = new Map<Span, Span[]>()
  readonly #deliveries = new Map<Span, DeliveredStep[]>()
  readonly #segments: Segment[] = []
  #at: bigint

  constructor(input: PathInput) {
    this.#input = input
    this.#at = input.end
    for (const edge of input.edges) if (!edge.delivery) this.#addEdge(edge)
    for (const children of this.#children.values())
      children.sort((a, b) => compare(this.#end(a), this.#end(b)))
    for (const message of input.messages)
      for (const attempt of message.attempts)
        for (const { step } of attempt.deliveries) append(this.#deliveries, step, { message, attempt, step })
  }

  #addEdge({ from, to, evidence }: FlowEdge): void {
    if (evidence === 'parent') append(this.#children, from, to)
    append(this.#parents, to, from)
  }

  walk(): Segment[] {
    const { steps, start } = this.#input
    let step =
      steps.length === 0
        ? undefined
        : steps.reduce((last, next) => (this.#end(next) >= this.#end(last) ? next : last))
    const started = new Set<Span>()
    while (step && this.#at > start) {
      const child: Span | undefined = started.has(step) ? undefined : this.#blockingChild(step)
      if (child) {
        this.#emit('work', this.#end(child), { step })
        step = child
        continue
      }
      // A receive that waits for messages works on none: its time is theirs, in the queue.
      if (!this.#isReceive(step)) this.#emit('work', this.#start(step), { step })
      if (started.has(step)) break
      started.add(step)
      step = this.#enablerOf(step)
    }
    this.#emit('unknown', start, {})
    return this.#segments.toReversed()
  }

  #isReceive(step: Span): boolean {
    return step.operation === 'receive' && this.#deliveries.has(step)
  }

  /** The child that ended last before now; what is behind it is done with, so it is taken off the list. */
  #blockingChild(step: Span): Span | undefined {
    const children = this.#children.get(step)
    for (let child = children?.pop(); child; child = children!.pop())
      if (
        this.#end(child) <= this.#at &&
        this.#end(child) > this.#start(step) &&
        this.#start(child) < this.#at
      )
        return child
    return undefined
  }

  /** What the step waited for last before it started, with the time between as a segment. */
  #enablerOf(step: Span): Span | undefined {
    const delivery = this.#deliveries
      .get(step)
      ?.toSorted((a, b) => compare(this.#sent(b.message) ?? 0n, this.#sent(a.message) ?? 0n))[0]
    const sender = delivery && this.#throughMessage(delivery)
    if (sender) return sender
    const parent = this.#parents.get(step)?.toSorted((a, b) => compare(this.#start(b), this.#start(a)))[0]
    if (parent && this.#end(parent) < this.#at) this.#emit('unknown', this.#end(parent), { step })
    return parent
  }

  #throughMessage({ message, attempt, step }: DeliveredStep): Span | undefined {
    const key = message.message.key
    const index = attempt.deliveries.findIndex((delivery) => delivery.step === step)
    const outer = attempt.deliveries[index - 1]?.step
    if (outer) {
      this.#emit('dwell', this.#end(outer), { messageKey: key })
      return outer
    }
    const last = earlierOf(attempt, message)
    if (last && this.#end(last) <= this.#start(step) && this.#end(last) <= this.#at) {
      this.#emit('retry', this.#end(last), { messageKey: key })
      return last
    }
    const sent = this.#sent(message)
    if (sent === undefined) return message.sender
    const delay = delayOf(attempt, message)
    if (delay > 0n) {
      this.#emit('dwell', sent + delay, { messageKey: key })
      this.#emit('delay', sent, { messageKey: key })
    } else this.#emit('dwell', sent, { messageKey: key })
    return message.sender
  }

  #start(step: Span): bigint {
    return this.#input.clocks.startOf(step)
  }

  #end(step: Span): bigint {
    return this.#input.clocks.endOf(step)
  }

  #sent(message: FlowMessage): bigint | undefined {
    return sentAt(message, this.#input.clocks)
  }

  /** Covers the time from `from` until now; what the clocks deny has no segment. */
  #emit(kind: Segment['kind'], from: bigint, of: { step?: Span; messageKey?: string }): void {
    const start = from < this.#input.start ? this.#input.start : from
    if (start >= this.#at) return
    const segment: Segment = { kind, fromUnixNano: start.toString(), toUnixNano: this.#at.toString() }
    if (of.step) segment.step = { traceId: of.step.traceId, spanId: of.step.spanId }
    if (of.messageKey !== undefined) segment.messageKey = of.messageKey
    this.#segments.push(segment)
    this.#at = start
  }
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
