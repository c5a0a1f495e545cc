import { expect, test } from 'vitest'
import { indexFlow } from '../src/flow/flow-index.ts'
import { findVisits } from '../src/flow/visits.ts'
import { edge, flow, message, orderFlow, step } from './flow.ts'
import type { Flow } from '@flowstitch/correlator'

function visitsOf(parts: Flow): string[] {
  return findVisits(indexFlow(parts)).all.map((visit) =>
    visit.steps.map(({ step, depth }) => `${'-'.repeat(depth)}${step.name}`).join(' '),
  )
}

test('a visit is what one service did until a message left it, in order of time', () => {
  expect(visitsOf(orderFlow())).toEqual([
    'POST /orders -INSERT -send orders',
    'process orders -send payments',
    'process payments',
    'process payments',
  ])
})

test('a child in another service begins a visit of its own', () => {
  const parts = flow({
    steps: [step('t/a', [0, 9]), step('t/b', [2, 5], { below: 'a', service: 'stock' })],
    edges: [edge('t/a', 't/b', 'parent')],
  })
  expect(visitsOf(parts)).toEqual(['t/a', 't/b'])
})

test('a message to oneself begins a new visit, though it stays in trace and service', () => {
  const parts = flow({
    steps: [step('t/a', [0, 9]), step('t/s', [1, 2], { below: 'a' }), step('t/p', [20, 25], { below: 's' })],
    messages: [message('m', 't/s', [])],
    edges: [edge('t/s', 't/p', 'parent', { messageKey: 'm' })],
  })
  expect(visitsOf(parts)).toEqual(['t/a -t/s', 't/p'])
})

test('steps whose parents form a ring are all there once', () => {
  const parts = flow({
    steps: [
      step('t/a', [0, 9], { below: 'b' }),
      step('t/b', [1, 8], { below: 'a' }),
      step('t/c', [2, 3], { below: 'c' }),
    ],
  })
  expect(visitsOf(parts).join(' ').split(' ').sort()).toEqual(['-t/b', 't/a', 't/c'])
})

test('a very deep visit needs no deep stack', () => {
  const steps = Array.from({ length: 30_000 }, (_, n) =>
    step(`t/${n}`, [n, n + 1], n > 0 ? { below: String(n - 1) } : {}),
  )
  expect(findVisits(indexFlow(flow({ steps }))).all[0]?.steps.at(-1)?.depth).toBe(29_999)
})
