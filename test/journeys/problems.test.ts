import type { Flow, Message, Step } from '@flowstitch/correlator'
import { Ledger } from '@flowstitch/example-orders/demo/ledger'
import { problemsOf } from '@flowstitch/example-orders/demo/problems'
import { strangersIn } from '@flowstitch/example-orders/demo/summary'
import { describe, expect, test } from 'vitest'

const post = step('post', 'shop', { kind: 'server' })
const send = step('send', 'shop', { operation: 'send', parentSpanId: 'post' })
const handle = step('handle', 'worker', { operation: 'process' })
const message: Message = {
  key: 'message',
  system: 'kafka',
  destination: 'orders',
  flowIds: ['trace'],
  sent: refOf('send'),
  attempts: [{ number: 1, step: refOf('handle'), outcome: 'succeeded' }],
  state: 'processed',
}

const ledger = new Ledger()
ledger.add({ service: 'shop', event: 'sent', order: 1, queue: 'orders', trace: 'trace', span: 'post' })
ledger.add({
  service: 'worker',
  event: 'handled',
  order: 1,
  queue: 'orders',
  attempt: 1,
  trace: 'trace',
  span: 'handle',
})
ledger.add({
  service: 'worker',
  event: 'handled',
  order: 2,
  queue: 'orders',
  attempt: 1,
  trace: 'trace',
  span: 'other',
})

describe('the check of a flow against what its services report', () => {
  test('finds nothing wrong with one that shows all of it', () => {
    expect(problems({})).toEqual([])
  })

  test.for<[what: string, wrong: Partial<Flow>, problem: RegExp]>([
    ['a lost step', { steps: [post, send] }, /no step for: worker handled orders/],
    ['a lost message', { messages: [] }, /no message for: shop sent orders/],
    [
      'a message that nobody sent',
      { messages: [message, { ...message, sent: refOf('x') }] },
      /has 2 messages/,
    ],
    ['a lost attempt', withMessage({ attempts: [] }), /0 attempts for: worker handled/],
    ['a wrong number', withMessage({ attempts: [{ ...message.attempts[0]!, number: 2 }] }), /attempt 2/],
    [
      'a wrong outcome',
      withMessage({ attempts: [{ ...message.attempts[0]!, outcome: 'failed' }] }),
      /failed, for/,
    ],
    ['an unknown fate', withMessage({ state: 'unknown' }), /in orders is unknown/],
    ['a message of two flows', withMessage({ flowIds: ['trace', 'other'] }), /of the flows trace, other/],
    ['a step of another order', { steps: [post, send, handle, step('other', 'worker')] }, /is of order 2/],
    [
      'one that is said to be shared',
      { steps: [post, send, handle, step('other', 'worker', { shared: true })] },
      /is of order 2/,
    ],
    ['a shared send', { steps: [post, { ...send, shared: true }, handle] }, /send in shop is shared/],
    [
      'a step that nobody reports',
      { steps: [post, send, handle, step('x', 'worker', { operation: 'process' })] },
      /no service reports/,
    ],
    [
      'another origin',
      { origin: { ...refOf('handle'), service: 'worker', name: 'handle' } },
      /begins in worker/,
    ],
    ['steps left out', { truncated: { reason: 'too many', omittedSteps: 1 } }, /truncated: too many/],
  ])('finds %s', ([, wrong, problem]) => {
    expect(problems(wrong).join('\n')).toMatch(problem)
  })

  test('finds a step in two flows that do not share it', () => {
    const flow = flowWith({})
    expect(strangersIn([flow, { ...flow, id: 'other' }])).toHaveLength(3)
  })
})

function problems(wrong: Partial<Flow>): string[] {
  return problemsOf(flowWith(wrong), 1, ledger)
}

function withMessage(wrong: Partial<Message>): Partial<Flow> {
  return { messages: [{ ...message, ...wrong }] }
}

function flowWith(wrong: Partial<Flow>): Flow {
  return {
    id: 'trace',
    state: 'quiet',
    origin: { ...refOf('post'), service: 'shop', name: 'POST /orders' },
    startTimeUnixNano: '0',
    endTimeUnixNano: '1',
    durationMs: 1e-6,
    stepCount: 3,
    traceCount: 1,
    messageCount: 1,
    attemptCount: 1,
    errorCount: 0,
    services: ['shop', 'worker'],
    destinations: ['orders'],
    systems: ['kafka'],
    shape: '5ad1c0ffee5ad1c0',
    version: 1,
    steps: [post, send, handle],
    messages: [message],
    edges: [],
    criticalPath: [],
    ...wrong,
  }
}

function step(spanId: string, service: string, more: Partial<Step> = {}): Step {
  return {
    ...refOf(spanId),
    service,
    name: spanId,
    kind: 'internal',
    startTimeUnixNano: '0',
    endTimeUnixNano: '1',
    status: 'unset',
    ...more,
  }
}

function refOf(spanId: string): { traceId: string; spanId: string } {
  return { traceId: 'trace', spanId }
}
