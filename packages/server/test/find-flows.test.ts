import { expect, test } from 'vitest'
import { createClient } from '../src/client.ts'
import { findFlows } from '../src/commands/find-flows.ts'
import { fakeEngine } from './helpers/fake-engine.ts'
import { FlowBuilder, orderFlow } from './helpers/sample-flow.ts'
import { serving } from './helpers/serving.ts'

const order = orderFlow()
const SHARED_TRACE = 'e'.repeat(32)

function flowThrough(id: string): ReturnType<FlowBuilder['build']> {
  const flow = new FlowBuilder(id)
  const send = flow.step('send', 'a', [0, 1])
  const message = flow.message('kafka/batch/0/1', send, 1, {
    flowIds: ['c'.repeat(32), 'd'.repeat(32)],
    id: '0'.repeat(32),
  })
  const batch = flow.step('process', 'b', [2, 3], { traceId: SHARED_TRACE, shared: true })
  flow.attempt(message, batch)
  return flow.build()
}

const known = [order, flowThrough('c'.repeat(32)), flowThrough('d'.repeat(32))]

test.each([
  ['its id', order.id],
  ['its id in capitals', order.id.toUpperCase()],
  ['a message id', 'pay-77'],
  ['a coordinate', 'kafka/orders/3/1842'],
])('one flow is found by %s', async (_, name) => {
  const { viewer } = await serving(fakeEngine({ known }))
  expect(await findFlows(createClient(viewer), name)).toEqual({ flow: order })
})

test.each([
  ['a trace that several pass through', SHARED_TRACE],
  ['a coordinate of a message in several', 'kafka/batch/0/1'],
  ['a message id that looks like a trace id', '0'.repeat(32)],
])('several flows are found by %s', async (_, name) => {
  const { viewer } = await serving(fakeEngine({ known }))
  const found = await findFlows(createClient(viewer), name)
  expect(found && 'flows' in found && found.flows.map(({ id }) => id)).toEqual([
    'c'.repeat(32),
    'd'.repeat(32),
  ])
})

test.each(['nothing', 'kafka/none/0/0', 'f'.repeat(32), '../healthz', '?id=1', '%'])(
  'nothing is found by %s',
  async (name) => {
    const { viewer } = await serving(fakeEngine({ known }))
    expect(await findFlows(createClient(viewer), name)).toBeUndefined()
  },
)
