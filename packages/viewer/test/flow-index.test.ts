import { expect, test } from 'vitest'
import { indexFlow } from '../src/flow/flow-index.ts'
import { findVisits } from '../src/flow/visits.ts'
import { buildGraph } from '../src/graph/graph-model.ts'
import { attempt, edge, flow, message, orderFlow, step } from './flow.ts'

test('an attempt and an edge that tell of the same delivery become one', () => {
  const [delivery, ...others] = indexFlow(orderFlow()).deliveries.get('m1') ?? []
  expect(others).toEqual([])
  expect(delivery).toMatchObject({ attempt: { number: 1 }, evidence: 'link', step: { spanId: 'process' } })
})

test('deliveries come in the order of their attempts', () => {
  const deliveries = indexFlow(orderFlow()).deliveries.get('m2') ?? []
  expect(deliveries.map(({ attempt }) => attempt?.number)).toEqual([1, 2])
})

test('the surest evidence of a delivery counts', () => {
  const index = indexFlow(
    flow({
      steps: [step('t/s', [0, 1]), step('w/p', [5, 9])],
      messages: [message('m', 't/s', [])],
      edges: [
        edge('t/s', 'w/p', 'inferred', { messageKey: 'm' }),
        edge('t/s', 'w/p', 'parent', { messageKey: 'm' }),
        edge('t/s', 'w/p', 'link', { messageKey: 'm' }),
      ],
    }),
  )
  expect(index.deliveries.get('m')?.map(({ evidence }) => evidence)).toEqual(['parent'])
})

test('a batch step gives way to the step inside it that handled the message', () => {
  const index = indexFlow(
    flow({
      steps: [step('t/s', [0, 1]), step('w/batch', [5, 9]), step('w/each', [6, 7], { below: 'batch' })],
      messages: [message('m', 't/s', [attempt('w/each')])],
      edges: [
        edge('t/s', 'w/batch', 'link', { messageKey: 'm', mayCause: true }),
        edge('t/s', 'w/each', 'link', { messageKey: 'm' }),
      ],
    }),
  )
  expect(index.deliveries.get('m')?.map((delivery) => delivery.step.spanId)).toEqual(['each'])
})

test('an edge without a message that repeats a delivery is no second cause', () => {
  const base = orderFlow()
  const index = indexFlow({ ...base, edges: [...base.edges, edge('t/send', 'w/process', 'parent')] })
  expect(index.directCauses.filter(({ to }) => to.traceId === 'w' && to.spanId === 'process')).toEqual([])
})

test('edges and attempts whose steps are missing are left out', () => {
  const index = indexFlow(
    flow({
      steps: [step('t/s', [0, 1])],
      messages: [message('m', 't/s', [attempt('gone/p')])],
      edges: [edge('t/s', 'gone/p', 'link'), edge('gone/q', 't/s', 'parent')],
    }),
  )
  expect(index.deliveries.get('m') ?? []).toEqual([])
  expect(index.directCauses).toEqual([])
})

/** What pulling clients tell: a poll in a trace of its own, and settlements that link to what was sent. */
const polled = flow({
  steps: [
    step('t/s', [0, 1], { operation: 'send' }),
    step('p/poll', [-600, 5], { service: 'worker', operation: 'receive' }),
    step('w/each', [6, 9], { service: 'worker', operation: 'process' }),
    step('w/ack', [8, 9], { service: 'worker', below: 'each', operation: 'settle' }),
    step('c/commit', [20, 21], { service: 'worker', operation: 'settle' }),
  ],
  messages: [message('m', 't/s', [attempt('w/each')])],
  edges: [
    edge('t/s', 'p/poll', 'link', { messageKey: 'm' }),
    edge('t/s', 'w/each', 'parent', { messageKey: 'm' }),
    edge('w/each', 'w/ack', 'parent'),
    edge('t/s', 'w/ack', 'link'),
    edge('t/s', 'c/commit', 'link'),
  ],
})

test('a settlement within the handling adds nothing, one of its own settles the message', () => {
  const index = indexFlow(polled)
  expect(index.deliveries.get('m')?.map((delivery) => delivery.step.spanId)).toEqual([
    'poll',
    'commit',
    'each',
  ])
  expect(index.directCauses.map(({ from, to }) => `${from.spanId} ${to.spanId}`)).toEqual(['each ack'])
})

test('poll, handling and settlement of a message share a card that one line leads to', () => {
  const index = indexFlow(polled)
  const { cards, edges } = buildGraph(index, findVisits(index))
  expect(
    cards.map(({ service, lanes }) => [service, ...lanes.map((lane) => lane.rows[0]?.step.spanId)]),
  ).toEqual([
    ['shop', 's'],
    ['worker', 'poll', 'each', 'commit'],
  ])
  expect(edges.map(({ id }) => id)).toEqual(['step:t:s>message:m', 'message:m>step:w:each'])
})
