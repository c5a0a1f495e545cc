import { expect, test } from 'vitest'
import type { Message } from '@flowstitch/correlator'
import { indexFlow } from '../src/flow/flow-index.ts'
import { barsOf, criticalIntervals, extentOf } from '../src/timeline/bars.ts'
import type { Row } from '../src/timeline/rows.ts'
import { attempt, flow, message, nanos, orderFlow, step } from './flow.ts'

const row = (value: Message): Row => ({ kind: 'message', message: value }) as Row

test('a message waits, is handled, waits for its retry and is handled again', () => {
  const index = indexFlow(orderFlow())
  expect(barsOf(row(index.messages.get('m2') as Message), index)).toEqual([
    { kind: 'dwell', from: 42, to: 50 },
    { kind: 'handled', from: 50, to: 55, failed: true },
    { kind: 'retry', from: 55, to: 80 },
    { kind: 'handled', from: 80, to: 100, failed: false },
  ])
})

test('without a dwell from the API it waits from when its broker had it', () => {
  const waiting = message('m', 't/s', [attempt('w/p')], { brokerTimeUnixNano: nanos(7) })
  const index = indexFlow(flow({ steps: [step('t/s', [0, 9]), step('w/p', [20, 30])], messages: [waiting] }))
  expect(barsOf(row(waiting), index)[0]).toEqual({ kind: 'dwell', from: 7, to: 20 })
})

test('what nobody got yet waits to the end of what is known', () => {
  const waiting = message('m', 't/s', [], { state: 'in-flight' })
  const index = indexFlow(flow({ steps: [step('t/s', [0, 9])], messages: [waiting] }))
  expect(barsOf(row(waiting), index)).toEqual([{ kind: 'open', from: 9, to: 100 }])
})

test('consumer groups wait side by side', () => {
  const shared = message('m', 't/s', [
    attempt('w/p', 1, { consumerGroup: 'mail' }),
    attempt('x/p', 1, { consumerGroup: 'audit' }),
  ])
  const index = indexFlow(
    flow({ steps: [step('t/s', [0, 9]), step('w/p', [20, 30]), step('x/p', [40, 50])], messages: [shared] }),
  )
  expect(barsOf(row(shared), index).filter(({ kind }) => kind === 'dwell')).toEqual([
    { kind: 'dwell', from: 9, to: 20 },
    { kind: 'dwell', from: 9, to: 40 },
  ])
})

test('the critical path is found by what it runs through', () => {
  const intervals = criticalIntervals(orderFlow())
  expect(intervals.get('message:m2')).toEqual([
    { from: 42, to: 50 },
    { from: 50, to: 80 },
  ])
  expect(intervals.get('step:t:a')).toEqual([{ from: 0, to: 6 }])
})

test('the axis goes on to a commit that comes after the end of the flow', () => {
  expect(extentOf(flow({ steps: [step('t/s', [0, 9])] }))).toBe(100)
  expect(extentOf(flow({ steps: [step('t/s', [0, 9]), step('k/c', [5000, 5001])] }))).toBe(5001)
})
