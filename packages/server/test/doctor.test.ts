import { expect, test } from 'vitest'
import { diagnose } from '../src/doctor/diagnose.ts'
import { renderFindings } from '../src/terminal/render-findings.ts'
import { painter } from '../src/terminal/style.ts'
import { FlowBuilder, orderFlow, report } from './helpers/sample-flow.ts'

function messaging(
  operation: 'send' | 'process',
  destination = 'orders',
): { operation: 'send' | 'process'; system: string; destination: string; kind: string } {
  return { operation, system: 'kafka', destination, kind: operation === 'send' ? 'producer' : 'consumer' }
}

function healthyFlow(): ReturnType<FlowBuilder['build']> {
  const flow = new FlowBuilder()
  const send = flow.step('send orders', 'shop', [0, 2], messaging('send'))
  const message = flow.message('kafka/orders/3/1842', send, 1)
  flow.attempt(message, flow.step('process orders', 'worker', [4, 5], messaging('process')), { dwellMs: 3 })
  return flow.build()
}

test('a flow with everything in it has no finding', () => {
  const findings = diagnose({ flows: [healthyFlow()], destinations: [report({ sent: 1, processed: 1 })] })
  expect(findings).toEqual([])
  expect(renderFindings(findings, 1, 100, painter(false))).toMatch(
    /^✓ nothing is missing in 1 flow\nLooked for: /,
  )
})

test('a consumer without a producer is found at the consumer, with those who send there', () => {
  const consumer = new FlowBuilder('b'.repeat(32))
  consumer.step('process orders', 'worker', [4, 5], messaging('process'))
  const [finding, ...others] = diagnose({
    flows: [healthyFlow(), consumer.build(), consumer.build()],
    destinations: [],
  })
  expect(others).toEqual([])
  expect(finding).toMatchObject({
    check: 'messages arrive without context',
    severity: 'broken',
    where: 'worker',
    what: 'consumes orders without a link or parent to a producer, though shop sends there',
    flowId: 'b'.repeat(32),
    count: 2,
  })
})

test('a destination that nobody is seen to read is found', () => {
  const destinations = [
    report({ sent: 3, unknown: 3 }),
    report({ destination: 'b', sent: 1, processed: 1 }),
    report({ destination: 'c' }),
  ]
  expect(diagnose({ flows: [], destinations })).toMatchObject([
    { where: 'kafka orders', check: 'messages sent and never seen again' },
  ])
})

test.each([
  ['messaging.destination.name is missing', { operation: 'send', system: 'kafka', kind: 'producer' }],
  ['messaging.system is missing', { operation: 'send', destination: 'orders', kind: 'producer' }],
  ['messaging.operation.type is missing', { system: 'kafka', destination: 'orders', kind: 'consumer' }],
] as const)('%s is found at its service', (check, attributes) => {
  const flow = new FlowBuilder()
  const root = flow.step('GET /', 'web', [0, 9])
  flow.step('span', 'shop', [1, 2], { under: root, ...attributes })
  expect(diagnose({ flows: [flow.build()], destinations: [] })).toMatchObject([
    { check, where: 'shop', count: 1 },
  ])
})

test('guessed causes, lost telemetry, services without a name, messages without identity and unknown waits are found', () => {
  const flow = new FlowBuilder()
  const send = flow.step('send orders', 'unknown_service:node', [0, 2], messaging('send'))
  const message = flow.message('kafka/orders', send, 1, { coordinate: undefined })
  const process = flow.step('process orders', 'worker', [4, 5], messaging('process'))
  flow.attempt(message, process)
  const publish = flow.step('send mails', 'worker', [4, 5], { ...messaging('send', 'mails') })
  flow.edge(process, publish, 'parent', { mayCause: true })
  flow.edge(publish, flow.step('GET /far', 'far', [6, 7]), 'flow-context')
  expect(
    diagnose({ flows: [flow.build()], destinations: [] }).map(({ check, where }) => [where, check]),
  ).toEqual([
    ['far', 'telemetry is missing in between'],
    ['worker', 'batches without a context a message'],
    ['unknown_service:node', 'the service has no name'],
    ['kafka orders', 'messages without id or coordinate'],
    ['kafka orders', 'time in the queue is unknown'],
  ])
})

test('findings are printed under their check, with the fix once', () => {
  const consumer = new FlowBuilder('c'.repeat(32))
  consumer.step('process orders', 'worker', [4, 5], {
    operation: 'process',
    kind: 'consumer',
    system: 'kafka',
  })
  const findings = diagnose({ flows: [orderFlow(), consumer.build()], destinations: [] })
  expect(renderFindings(findings, 2, 140, painter(false))).toMatchSnapshot()
})
