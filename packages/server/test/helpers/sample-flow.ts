import type {
  Attempt,
  DestinationReport,
  Edge,
  Flow,
  Message,
  MissingStep,
  OriginReport,
  Segment,
  Step,
  StepRef,
} from '@flowstitch/correlator'

const START_MS = Date.UTC(2026, 10, 23, 0, 12, 44, 123)

/** A point of time in a sample flow, in milliseconds after its start, as the API says it. */
export function at(ms: number): string {
  return String(BigInt(START_MS) * 1_000_000n + BigInt(Math.round(ms * 1e6)))
}

/** A flow put together by hand, step by step; counts and totals are derived. */
export class FlowBuilder {
  readonly traceId: string
  readonly #steps: Step[] = []
  readonly #messages: Message[] = []
  readonly #edges: Edge[] = []

  constructor(traceId = '4bf92f3577b34da6a3ce929d0e0e4736') {
    this.traceId = traceId
  }

  step(
    name: string,
    service: string,
    [from, to]: [number, number],
    more: Partial<Step> & { under?: StepRef } = {},
  ): Step {
    const { under, ...rest } = more
    const step: Step = {
      traceId: this.traceId,
      spanId: (this.#steps.length + 1).toString(16).padStart(16, '0'),
      service,
      name,
      kind: 'internal',
      startTimeUnixNano: at(from),
      endTimeUnixNano: at(to),
      status: 'unset',
      ...rest,
    }
    this.#steps.push(step)
    if (under) this.edge(under, step, 'parent')
    return step
  }

  message(place: string, sent: Step, sentMs: number, more: Partial<Message> = {}): Message {
    const [system, destination] = place.split('/') as [string, string]
    const message: Message = {
      key: place,
      system,
      destination,
      coordinate: place,
      flowIds: [this.traceId],
      sent: ref(sent),
      sentTimeUnixNano: at(sentMs),
      attempts: [],
      state: 'processed',
      ...more,
    }
    this.#messages.push(message)
    return message
  }

  attempt(message: Message, step: Step, more: Partial<Attempt> = {}): void {
    const number = message.attempts.length + 1
    message.attempts.push({ number, step: ref(step), outcome: 'succeeded', ...more })
    if (message.sent) this.edge(message.sent, step, 'link', { messageKey: message.key })
  }

  edge(from: StepRef, to: StepRef, evidence: Edge['evidence'], more: Partial<Edge> = {}): void {
    this.#edges.push({ from: ref(from), to: ref(to), evidence, ...more })
  }

  build(criticalPath: Segment[] = [], more: Partial<Flow> = {}): Flow {
    const [first] = this.#steps as [Step]
    const end = this.#steps.reduce(
      (last, { endTimeUnixNano }) => (endTimeUnixNano > last ? endTimeUnixNano : last),
      '',
    )
    return {
      id: this.traceId,
      state: 'quiet',
      origin: { ...ref(first), service: first.service, name: first.name },
      startTimeUnixNano: first.startTimeUnixNano,
      endTimeUnixNano: end,
      durationMs: Number(BigInt(end) - BigInt(first.startTimeUnixNano)) / 1e6,
      stepCount: this.#steps.length,
      traceCount: new Set(this.#steps.map(({ traceId }) => traceId)).size,
      messageCount: this.#messages.length,
      attemptCount: this.#messages.reduce((sum, { attempts }) => sum + attempts.length, 0),
      errorCount: this.#steps.filter(({ status }) => status === 'error').length,
      services: [...new Set(this.#steps.map(({ service }) => service))],
      destinations: [...new Set(this.#messages.map(({ destination }) => destination))],
      systems: [...new Set(this.#messages.map(({ system }) => system))],
      shape: '5ad1c0ffee5ad1c0',
      version: 1,
      steps: this.#steps,
      messages: this.#messages,
      edges: this.#edges,
      criticalPath,
      ...more,
    }
  }
}

/** What became of a destination's messages: nothing, but for what is given. */
export function report(counts: Partial<DestinationReport> = {}): DestinationReport {
  return {
    system: 'kafka',
    destination: 'orders',
    sent: 0,
    processed: 0,
    failed: 0,
    inFlight: 0,
    retried: 0,
    deadLettered: 0,
    lost: 0,
    unknown: 0,
    reasons: {},
    groups: [],
    ...counts,
  }
}

/** The mail that an order normally leads to, 35 ms after it was sent. */
export function missingMail(after: StepRef): MissingStep {
  return {
    service: 'mailer',
    kind: 'process',
    name: 'orders',
    system: 'kafka',
    consumerGroup: 'mail',
    after: ref(after),
    flows: 1198,
    ofFlows: 1200,
    usualMs: { p50: 12, p99: 35 },
    overdueSinceUnixNano: at(44.2),
  }
}

/** What orders do: nearly all of them are handled. */
export function orderShapes(): OriginReport {
  const post = { service: 'shop', kind: 'server', name: 'POST /orders', after: [] }
  const send = { service: 'shop', kind: 'send', name: 'orders', system: 'kafka', after: [0] }
  const process = { ...send, service: 'worker', kind: 'process', consumerGroup: 'worker', after: [1] }
  const whole = { p50: 407, p90: 512, p99: 730 }
  const steps = { p50: 24, p90: 25, p99: 31 }
  const common = { truncated: 0, durationMs: whole, stepCount: steps }
  return {
    service: 'shop',
    name: 'POST /orders',
    flows: 1200,
    shapes: [
      {
        ...common,
        id: '5ad1c0ffee5ad1c0',
        flows: 1190,
        failed: 4,
        rare: false,
        steps: [post, send, process],
        newestFlowIds: ['4bf92f3577b34da6a3ce929d0e0e4736'],
      },
      {
        ...common,
        id: '0dd0dd0dd0dd0dd0',
        flows: 3,
        failed: 0,
        rare: true,
        steps: [post, send],
        newestFlowIds: ['00f92f3577b34da6a3ce929d0e0e4736'],
      },
    ],
    otherFlows: 7,
  }
}

/** A piece of a critical path, from and to in milliseconds after the flow's start. */
export function segment(kind: Segment['kind'], [from, to]: [number, number], of: Step | Message): Segment {
  const where = 'spanId' in of ? { step: ref(of) } : { messageKey: of.key }
  return { kind, fromUnixNano: at(from), toUnixNano: at(to), ...where }
}

/** An order through Kafka and RabbitMQ, whose payment fails twice and is retried. */
export function orderFlow(): Flow {
  const flow = new FlowBuilder()
  const http = flow.step('POST /orders', 'shop', [0, 12.1], { kind: 'server' })
  flow.step('INSERT orders', 'shop', [0.4, 1.1], { under: http })
  const send = flow.step('send orders', 'shop', [1.2, 9.3], {
    under: http,
    operation: 'send',
    system: 'kafka',
    destination: 'orders',
  })
  const order = flow.message('kafka/orders/3/1842', send, 9.2)
  const work = flow.step('process orders', 'worker', [21.4, 54.4], { operation: 'process' })
  flow.attempt(order, work, { dwellMs: 12.2, consumerGroup: 'worker' })
  const publish = flow.step('publish payments', 'worker', [50.1, 52.4], { under: work, operation: 'send' })
  const payment = flow.message('rabbitmq/payments', publish, 51, { coordinate: undefined, id: 'pay-77' })
  const tries = [
    [60, 72],
    [1074, 1081.5],
    [3090, 3102],
  ] as const
  const attempts = tries.map(([from, to], index) => {
    const failed = index < 2
    const step = flow.step('process payments', 'payments', [from, to], {
      operation: 'process',
      status: failed ? 'error' : 'ok',
      ...(failed && { errorType: 'CardDeclined' }),
    })
    flow.attempt(payment, step, {
      outcome: failed ? 'failed' : 'succeeded',
      dwellMs: [9, 1002, 2008.5][index]!,
    })
    return step
  })
  flow.step('SELECT cards', 'payments', [3091, 3093.1], { under: attempts[2]! })
  return flow.build([
    segment('work', [0, 9.2], send),
    segment('dwell', [9.2, 21.4], order),
    segment('work', [21.4, 51], work),
    segment('dwell', [51, 60], payment),
    segment('work', [60, 72], attempts[0]!),
    segment('retry', [72, 3090], payment),
    segment('work', [3090, 3102], attempts[2]!),
  ])
}

function ref({ traceId, spanId }: StepRef): StepRef {
  return { traceId, spanId }
}
