import { createHash } from 'node:crypto'
import type {
  Attempt,
  Edge,
  Evidence,
  Flow,
  FlowState,
  FlowSummary,
  Message,
  MessageState,
  Segment,
  Step,
  StepRef,
} from '@flowstitch/correlator'

interface StepOptions extends Partial<
  Pick<Step, 'operation' | 'system' | 'destination' | 'errorType' | 'shared'>
> {
  service: string
  name: string
  kind?: string
  /** Milliseconds since the flow's start. */
  at: number
  ms: number
  parent?: Step
  /** A name for the trace; by default the parent's, else the flow's own. */
  trace?: string
  /** The ids of a step that several flows share. */
  ref?: StepRef
}

interface DeliveryOptions extends Omit<StepOptions, 'name' | 'parent' | 'trace' | 'ref'> {
  name?: string
  group?: string
  number?: number
  outcome?: Attempt['outcome']
  evidence?: Evidence
  mayCause?: boolean
}

/** Writes down a flow as the API would tell it, so that rare shapes need no brokers. */
export class FlowBuilder {
  readonly id: string
  readonly #start: bigint
  readonly #steps: Step[] = []
  readonly #messages: Message[] = []
  readonly #edges: Edge[] = []
  readonly #byRef = new Map<string, Step>()
  /** How each visit, by its first step, came to its message. */
  readonly #deliveries = new Map<Step, { message: Message; number: number }>()
  #spans = 0

  constructor(name: string, startEpochMs: number) {
    this.id = hex(name, 32)
    this.#start = BigInt(Math.round(startEpochMs)) * 1_000_000n
  }

  step(options: StepOptions): Step {
    const { service, name, kind = 'internal', at, ms, parent, trace, ref, ...rest } = options
    const own = trace === undefined ? (parent?.traceId ?? this.id) : hex(`${this.id} ${trace}`, 32)
    const traceId = ref?.traceId ?? own
    const step: Step = {
      traceId,
      spanId: ref?.spanId ?? hex(`${this.id} ${this.#spans++}`, 16),
      ...(parent && parent.traceId === traceId && { parentSpanId: parent.spanId }),
      service,
      name,
      kind,
      startTimeUnixNano: this.#at(at),
      endTimeUnixNano: this.#at(at + ms),
      status: rest.errorType ? 'error' : 'unset',
      ...rest,
    }
    this.#steps.push(step)
    this.#byRef.set(keyOf(step), step)
    if (step.parentSpanId && parent)
      this.#edges.push({ from: refOf(parent), to: refOf(step), evidence: 'parent' })
    return step
  }

  /** A send step and its message. */
  send(
    parent: Step,
    system: string,
    destination: string,
    options: { at: number; ms?: number; coordinate?: string; state?: MessageState; id?: string },
  ): Message {
    const { at, ms = 3, coordinate, state = 'processed', id } = options
    const sent = this.step({
      service: parent.service,
      name: `send ${destination}`,
      kind: 'producer',
      operation: 'send',
      system,
      destination,
      at,
      ms,
      parent,
    })
    const message: Message = {
      key: hex(`${this.id} message ${this.#messages.length}`, 16),
      system,
      destination,
      ...(id && { id }),
      ...(coordinate && { coordinate }),
      flowIds: [this.id],
      sent: refOf(sent),
      sentTimeUnixNano: sent.startTimeUnixNano,
      brokerTimeUnixNano: sent.endTimeUnixNano,
      attempts: [],
      state,
    }
    this.#messages.push(message)
    return message
  }

  /** One delivery: a process step in a trace of its own, linked to the message. */
  process(message: Message, options: DeliveryOptions): Step {
    const { group, number = 1, outcome, evidence = 'link', mayCause, name, ...step } = options
    const processed = this.step({
      kind: 'consumer',
      operation: 'process',
      system: message.system,
      destination: message.destination,
      name: name ?? `process ${message.destination}`,
      trace: `${message.key} ${group} ${number}`,
      ...step,
    })
    this.attempt(message, processed, {
      number,
      outcome: outcome ?? (step.errorType ? 'failed' : 'succeeded'),
      ...(group && { consumerGroup: group }),
    })
    if (message.sent) {
      const edge: Edge = { from: message.sent, to: refOf(processed), evidence, messageKey: message.key }
      this.#edges.push(mayCause ? { ...edge, mayCause } : edge)
    }
    return processed
  }

  attempt(message: Message, step: Step, options: Omit<Attempt, 'step' | 'dwellMs'>): void {
    const before = message.attempts.findLast((attempt) => attempt.consumerGroup === options.consumerGroup)
    const previous = this.#find(before?.step)
    const from = BigInt(previous?.endTimeUnixNano ?? message.brokerTimeUnixNano ?? '0')
    const dwellMs = Number(BigInt(step.startTimeUnixNano) - from) / 1e6
    message.attempts.push({ ...options, step: refOf(step), dwellMs })
    this.#deliveries.set(this.#visitRoot(step), { message, number: options.number })
  }

  edge(from: Step, to: Step, evidence: Evidence): void {
    this.#edges.push({ from: refOf(from), to: refOf(to), evidence })
  }

  build(state: FlowState = 'quiet', version = 1): Flow {
    const origin = this.#steps[0] as Step
    const end = this.#steps.reduce(
      (last, step) => (step.endTimeUnixNano > last ? step.endTimeUnixNano : last),
      '',
    )
    return {
      id: this.id,
      state,
      origin: { ...refOf(origin), service: origin.service, name: origin.name },
      startTimeUnixNano: `${this.#start}`,
      endTimeUnixNano: end,
      durationMs: Number(BigInt(end) - this.#start) / 1e6,
      stepCount: this.#steps.length,
      traceCount: new Set(this.#steps.map((step) => step.traceId)).size,
      messageCount: this.#messages.length,
      attemptCount: this.#messages.reduce((sum, message) => sum + message.attempts.length, 0),
      errorCount: this.#steps.filter((step) => step.status === 'error').length,
      services: [...new Set(this.#steps.map((step) => step.service))],
      destinations: [...new Set(this.#messages.map((message) => message.destination))],
      systems: [...new Set(this.#messages.map((message) => message.system))],
      shape: hex(this.#steps.map(({ service, name }) => `${service} ${name}`).join(), 16),
      version,
      steps: this.#steps,
      messages: this.#messages,
      edges: this.#edges,
      criticalPath: this.#criticalPath(end),
    }
  }

  /** Back from the last step to end: work until its visit began, then the queue, then the sender's visit. */
  #criticalPath(end: string): Segment[] {
    const segments: Segment[] = []
    let until = end
    const add = (
      kind: Segment['kind'],
      from: string,
      through: Pick<Segment, 'step' | 'messageKey'>,
    ): void => {
      segments.unshift({ kind, fromUnixNano: from, toUnixNano: until, ...through })
      until = from
    }
    let step = this.#steps.find((candidate) => candidate.endTimeUnixNano === end)
    while (step) {
      const root = this.#visitRoot(step)
      add('work', root.startTimeUnixNano, { step: refOf(root) })
      step = undefined
      const found = this.#deliveries.get(root)
      const sentAt = found?.message.brokerTimeUnixNano
      if (!found || sentAt === undefined) break
      const { message, number } = found
      const first = this.#find(message.attempts[0]?.step)
      if (number > 1 && first) add('retry', first.startTimeUnixNano, { messageKey: message.key })
      add('dwell', sentAt, { messageKey: message.key })
      step = this.#find(message.sent)
    }
    if (until > `${this.#start}`) add('unknown', `${this.#start}`, {})
    return segments
  }

  #find(ref: StepRef | undefined): Step | undefined {
    return ref && this.#byRef.get(keyOf(ref))
  }

  #visitRoot(step: Step): Step {
    const parent = step.parentSpanId && this.#find({ traceId: step.traceId, spanId: step.parentSpanId })
    return parent && parent.service === step.service ? this.#visitRoot(parent) : step
  }

  #at(ms: number): string {
    return `${this.#start + BigInt(Math.round(ms * 1e6))}`
  }
}

export function summaryOf(flow: Flow): FlowSummary {
  const { steps: _, messages: __, edges: ___, criticalPath: ____, truncated: _____, ...rest } = flow
  const { missing: _missing, shapeFrequency: _frequency, ...summary } = rest
  return summary
}

function keyOf({ traceId, spanId }: StepRef): string {
  return `${traceId} ${spanId}`
}

function refOf({ traceId, spanId }: StepRef): StepRef {
  return { traceId, spanId }
}

/** The same name gives the same id in every run. */
export function hex(name: string, digits: number): string {
  return createHash('sha256').update(name).digest('hex').slice(0, digits)
}
