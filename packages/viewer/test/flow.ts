import type { Attempt, Edge, Evidence, Flow, Message, Segment, Step, StepRef } from '@flowstitch/correlator'

/** `trace/span`, as `t/a`. */
export type Ref = `${string}/${string}`

export function ref(text: Ref): StepRef {
  const [traceId = '', spanId = ''] = text.split('/')
  return { traceId, spanId }
}

/** A step from one millisecond of the flow to another; `below` names its parent span. */
export function step(
  id: Ref,
  [from, to]: [number, number],
  options: Partial<Step> & { below?: string } = {},
): Step {
  const { below, ...rest } = options
  return {
    ...ref(id),
    ...(below !== undefined && { parentSpanId: below }),
    service: 'shop',
    name: id,
    kind: 'internal',
    startTimeUnixNano: nanos(from),
    endTimeUnixNano: nanos(to),
    status: 'unset',
    ...rest,
  }
}

export function attempt(id: Ref, number = 1, options: Partial<Attempt> = {}): Attempt {
  return { number, step: ref(id), outcome: 'succeeded', ...options }
}

export function message(
  key: string,
  sent: Ref | undefined,
  attempts: Attempt[],
  options: Partial<Message> = {},
): Message {
  return {
    key,
    system: 'kafka',
    destination: 'orders',
    flowIds: ['f'],
    ...(sent && { sent: ref(sent) }),
    attempts,
    state: 'processed',
    ...options,
  }
}

export function edge(from: Ref, to: Ref, evidence: Evidence, options: Partial<Edge> = {}): Edge {
  return { from: ref(from), to: ref(to), evidence, ...options }
}

/** A piece of the critical path; `through` is a step or a message key. */
export function segment(kind: Segment['kind'], [from, to]: [number, number], through?: string): Segment {
  const time = { kind, fromUnixNano: nanos(from), toUnixNano: nanos(to) }
  if (through === undefined) return time
  return through.includes('/') ? { ...time, step: ref(through as Ref) } : { ...time, messageKey: through }
}

export function flow(
  parts: Partial<Pick<Flow, 'steps' | 'messages' | 'edges' | 'criticalPath'>>,
  endMs = 100,
): Flow {
  const { steps = [], messages = [], edges = [], criticalPath = [] } = parts
  return {
    id: 'f',
    state: 'quiet',
    origin: { traceId: 't', spanId: 'a', service: 'shop', name: 'POST /orders' },
    startTimeUnixNano: nanos(0),
    endTimeUnixNano: nanos(endMs),
    durationMs: endMs,
    stepCount: steps.length,
    traceCount: 1,
    messageCount: messages.length,
    attemptCount: 0,
    errorCount: 0,
    services: ['shop'],
    destinations: ['orders'],
    systems: ['kafka'],
    shape: '5ad1c0ffee5ad1c0',
    version: 1,
    steps,
    messages,
    edges,
    criticalPath,
  }
}

/** An order with its payment: a web request, a worker in another trace, and a payment that fails once. */
export function orderFlow(): Flow {
  return flow(
    {
      steps: [
        step('t/a', [0, 10], { name: 'POST /orders' }),
        step('t/send', [4, 6], { below: 'a', name: 'send orders', operation: 'send' }),
        step('t/db', [1, 3], { below: 'a', name: 'INSERT' }),
        step('w/process', [30, 50], { service: 'worker', name: 'process orders' }),
        step('w/pay', [40, 42], {
          service: 'worker',
          below: 'process',
          name: 'send payments',
          operation: 'send',
        }),
        step('b1/process', [50, 55], { service: 'billing', name: 'process payments', status: 'error' }),
        step('b2/process', [80, 100], { service: 'billing', name: 'process payments' }),
      ],
      messages: [
        message('m1', 't/send', [attempt('w/process', 1, { dwellMs: 24 })]),
        message(
          'm2',
          'w/pay',
          [attempt('b2/process', 2), attempt('b1/process', 1, { outcome: 'failed', dwellMs: 8 })],
          { destination: 'payments', system: 'rabbitmq' },
        ),
      ],
      edges: [
        edge('t/a', 't/send', 'parent'),
        edge('t/a', 't/db', 'parent'),
        edge('t/send', 'w/process', 'link', { messageKey: 'm1' }),
        edge('w/process', 'w/pay', 'parent'),
        edge('w/pay', 'b1/process', 'link', { messageKey: 'm2' }),
        edge('w/pay', 'b2/process', 'link', { messageKey: 'm2' }),
      ],
      criticalPath: [
        segment('work', [0, 6], 't/a'),
        segment('dwell', [6, 30], 'm1'),
        segment('work', [30, 42], 'w/process'),
        segment('dwell', [42, 50], 'm2'),
        segment('retry', [50, 80], 'm2'),
        segment('work', [80, 100], 'b2/process'),
      ],
    },
    100,
  )
}

export function nanos(ms: number): string {
  return `${1_762_180_000_000_000_000n + BigInt(Math.round(ms * 1e6))}`
}
