import { expect, test } from 'vitest'
import type { Flow } from '@flowstitch/correlator'
import { indexFlow } from '../src/flow/flow-index.ts'
import { findVisits } from '../src/flow/visits.ts'
import { buildGraph, type GraphModel, type GraphOptions } from '../src/graph/graph-model.ts'
import { layoutInput } from '../src/graph/layout-input.ts'
import { attempt, edge, flow, message, orderFlow, segment, step } from './flow.ts'

function graphOf(parts: Flow, options?: GraphOptions): GraphModel {
  const index = indexFlow(parts)
  return buildGraph(index, findVisits(index), options)
}

test('the attempts of a message are lanes of one card', () => {
  const billing = graphOf(orderFlow()).cards.find(({ service }) => service === 'billing')
  expect(billing?.lanes.map((lane) => [lane.attempt?.number, lane.attempt?.outcome])).toEqual([
    [1, 'failed'],
    [2, 'succeeded'],
  ])
})

test('edges run from sender to queue to handler, and say what proves them', () => {
  const { edges } = graphOf(orderFlow())
  expect(
    edges.map(({ from, to, evidence, critical, failed }) => [from, to, evidence, critical, failed]),
  ).toEqual([
    ['step:t:send', 'message:m1', undefined, true, false],
    ['step:w:pay', 'message:m2', undefined, true, false],
    ['message:m1', 'step:w:process', 'link', true, false],
    ['message:m2', 'step:b1:process', 'link', false, true],
    ['message:m2', 'step:b2:process', 'link', true, false],
  ])
})

test('inferred and may-cause edges are guesses', () => {
  const { edges } = graphOf(
    flow({
      steps: [step('t/a', [0, 1]), step('u/b', [2, 3]), step('v/c', [4, 5])],
      edges: [edge('t/a', 'u/b', 'inferred'), edge('u/b', 'v/c', 'link', { mayCause: true })],
    }),
  )
  expect(edges.map(({ guess }) => guess)).toEqual([true, true])
})

test('a long card keeps the lines that matter, and shows all when expanded', () => {
  const steps = [step('t/root', [0, 99])]
  for (let n = 0; n < 30; n += 1) steps.push(step(`t/${n}`, [n, n + 1], { below: 'root' }))
  steps.push(
    step('t/bad', [40, 41], { below: 'root', status: 'error' }),
    step('t/send', [42, 43], { below: 'root' }),
  )
  const parts = flow({ steps, messages: [message('m', 't/send', [])] })
  const [lane] = graphOf(parts).cards[0]?.lanes ?? []
  expect(lane?.rows.map(({ step }) => step.spanId)).toEqual(expect.arrayContaining(['root', 'bad', 'send']))
  expect(lane?.hidden).toBe(33 - (lane?.rows.length ?? 0))
  const [whole] = graphOf(parts, { expanded: new Set([lane?.id ?? '']) }).cards[0]?.lanes ?? []
  expect(whole).toMatchObject({ hidden: 0 })
  expect(whole?.rows).toHaveLength(33)
})

function fanOut(count: number, failing: number): Flow {
  const steps = [step('t/root', [0, 99])]
  const messages = []
  for (let n = 0; n < count; n += 1) {
    const failed = n < failing
    steps.push(step(`t/s${n}`, [n, n + 1], { below: 'root', name: 'send chunks', operation: 'send' }))
    steps.push(
      step(`w${n}/p`, [n + 2, n + 4], {
        service: 'worker',
        name: 'process',
        status: failed ? 'error' : 'unset',
      }),
    )
    messages.push(
      message(`m${n}`, `t/s${n}`, [attempt(`w${n}/p`, 1, { outcome: failed ? 'failed' : 'succeeded' })]),
    )
  }
  const last = count - 1
  const criticalPath = [
    segment('work', [0, last], 't/root'),
    segment('dwell', [last, last + 2], `m${last}`),
    segment('work', [last + 2, last + 4], `w${last}/p`),
  ]
  return flow({ steps, messages, criticalPath })
}

test('what a fan-out multiplied is drawn as one, failures and the critical path apart', () => {
  const { cards, queues, edges } = graphOf(fanOut(50, 2))
  expect(queues.map(({ count, critical }) => [count, critical])).toEqual([
    [1, false],
    [1, false],
    [47, false],
    [1, true],
  ])
  expect(cards.map(({ service, count }) => `${service} ${count}`)).toEqual([
    'shop 1',
    'worker 1',
    'worker 1',
    'worker 47',
    'worker 1',
  ])
  expect(cards[0]?.lanes[0]?.rows.map(({ count }) => count)).toEqual([1, 1, 1, 47, 1])
  expect(edges).toHaveLength(8)
})

test('a bundle unfolds into its messages and the visits that handled them', () => {
  const folded = graphOf(fanOut(50, 0))
  const way = folded.queues.find(({ count }) => count > 1)?.unfolds ?? ''
  const { cards, queues } = graphOf(fanOut(50, 0), { unfolded: new Set([way]) })
  expect(queues).toHaveLength(50)
  expect(cards).toHaveLength(51)
})

test('a few alike are drawn one by one', () => {
  expect(graphOf(fanOut(6, 0)).queues).toHaveLength(6)
})

test('the layout knows every end of every edge', () => {
  for (const parts of [orderFlow(), fanOut(50, 2)]) {
    const { children = [], edges = [] } = layoutInput(graphOf(parts))
    const ports = new Set(children.flatMap((child) => child.ports?.map(({ id }) => id) ?? []))
    for (const { sources, targets } of edges) {
      for (const port of [...sources, ...targets]) expect(ports).toContain(port)
    }
  }
})
