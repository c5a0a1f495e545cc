import { expect, test } from 'vitest'
import type { Flow } from '@flowstitch/correlator'
import { indexFlow } from '../src/flow/flow-index.ts'
import { findVisits } from '../src/flow/visits.ts'
import { buildRows, visibleRows, type Row } from '../src/timeline/rows.ts'
import { attempt, edge, flow, message, orderFlow, step } from './flow.ts'

function rowsOf(parts: Flow): Row[] {
  const index = indexFlow(parts)
  return buildRows(index, findVisits(index))
}

function outline(rows: Row[]): string[] {
  return rows.map((row) => {
    const name = row.kind === 'step' ? row.step.name : `[${row.message.destination}]`
    const number = row.kind === 'step' && row.attempt ? `#${row.attempt.number} ` : ''
    return `${'  '.repeat(row.level - 1)}${number}${name}`
  })
}

test('every step and message stands below what caused it, attempts with their numbers', () => {
  expect(outline(rowsOf(orderFlow()))).toEqual([
    'POST /orders',
    '  INSERT',
    '  send orders',
    '    [orders]',
    '      process orders',
    '        send payments',
    '          [payments]',
    '            #1 process payments',
    '            #2 process payments',
  ])
})

test('a collapsed row hides all below it', () => {
  const rows = rowsOf(orderFlow())
  const [, , , orders] = rows
  expect(orders?.descendants).toBe(5)
  expect(outline(visibleRows(rows, new Set([orders?.id ?? ''])))).toEqual([
    'POST /orders',
    '  INSERT',
    '  send orders',
    '    [orders]',
  ])
})

test('a call into another service stands below its caller', () => {
  const parts = flow({
    steps: [step('t/a', [0, 9]), step('t/b', [2, 5], { below: 'a', service: 'stock' })],
    edges: [edge('t/a', 't/b', 'parent')],
  })
  expect(outline(rowsOf(parts))).toEqual(['t/a', '  t/b'])
})

test('a message whose sender is unknown stands on top with what handled it below', () => {
  const parts = flow({
    steps: [step('w/p', [5, 9])],
    messages: [message('m', undefined, [attempt('w/p')])],
  })
  expect(outline(rowsOf(parts))).toEqual(['[orders]', '  w/p'])
})

test('causes in a ring show every row once', () => {
  const parts = flow({
    steps: [step('t/a', [0, 9]), step('u/b', [1, 8]), step('v/c', [2, 7])],
    edges: [edge('t/a', 'u/b', 'link'), edge('u/b', 'v/c', 'link'), edge('v/c', 't/a', 'link')],
  })
  expect(
    outline(rowsOf(parts))
      .map((line) => line.trim())
      .sort(),
  ).toEqual(['t/a', 'u/b', 'v/c'])
})

test('ten thousand messages of one step make three rows each', () => {
  const count = 10_000
  const steps = [step('t/a', [0, 1])]
  const messages = []
  for (let n = 0; n < count; n += 1) {
    steps.push(
      step(`t/s${n}`, [n, n + 1], { below: 'a' }),
      step(`w${n}/p`, [n + 5, n + 6], { service: 'worker' }),
    )
    messages.push(message(`m${n}`, `t/s${n}`, [attempt(`w${n}/p`)]))
  }
  expect(rowsOf(flow({ steps, messages })).length).toBe(1 + 3 * count)
})
