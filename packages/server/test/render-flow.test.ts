import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { renderFlow } from '../src/index.ts'
import { at, FlowBuilder, missingMail, orderFlow, segment } from './helpers/sample-flow.ts'

test('an order through two brokers, with retries', () => {
  expect(renderFlow(orderFlow(), { width: 120 })).toMatchSnapshot()
})

test('the same where it is narrow', () => {
  expect(renderFlow(orderFlow(), { width: 80 })).toMatchSnapshot()
})

test('colours change nothing but colours', () => {
  const plain = renderFlow(orderFlow(), { width: 120 })
  const coloured = renderFlow(orderFlow(), { width: 120, color: true })
  expect(coloured).not.toBe(plain)
  expect(stripVTControlCharacters(coloured)).toBe(plain)
})

test.each([60, 80, 100, 120, 200])('no line is wider than %i columns', (width) => {
  for (const flow of [orderFlow(), fanOut(30), chain(60)]) {
    for (const line of renderFlow(flow, { width }).split('\n'))
      expect(stringWidth(line), line).toBeLessThanOrEqual(width)
  }
})

test('what has not come although it normally does, and how rare the shape is', () => {
  const flow = new FlowBuilder()
  const send = flow.step('send orders', 'shop', [0, 9], { operation: 'send' })
  const text = renderFlow(
    flow.build([], {
      missing: [missingMail(send)],
      missingCount: 1,
      shapeFrequency: { flows: 1, ofFlows: 1200, rare: true },
    }),
  )
  expect(text).toMatchSnapshot()
})

test('a batch that handles messages of several flows is shared, and says which message it is about', () => {
  const flow = new FlowBuilder()
  const send = flow.step('send jobs', 'api', [0, 2], { operation: 'send' })
  const one = flow.message('kafka/jobs/0/1', send, 1)
  const two = flow.message('kafka/jobs/0/2', send, 1)
  const batch = flow.step('receive jobs', 'worker', [10, 40], { operation: 'receive', shared: true })
  flow.edge(send, batch, 'link', { messageKey: one.key })
  flow.edge(send, batch, 'link', { messageKey: two.key })
  const each = [12, 20].map((from) =>
    flow.step('process jobs', 'worker', [from, from + 5], { under: batch, operation: 'process' }),
  )
  flow.attempt(one, each[0]!, { dwellMs: 9 })
  flow.attempt(two, each[1]!, { dwellMs: 9 })
  expect(renderFlow(flow.build())).toMatchSnapshot()
})

test('several consumer groups, dead letters and messages that nobody took', () => {
  const flow = new FlowBuilder()
  const send = flow.step('publish events', 'api', [0, 3], { operation: 'send' })
  const event = flow.message('nats/EVENTS/77', send, 1)
  for (const group of ['mail', 'search']) {
    const step = flow.step('process events', group, [5, 9], { operation: 'process' })
    flow.attempt(event, step, { number: 1, consumerGroup: group, dwellMs: 4 })
  }
  const dead = flow.message('rabbitmq/dead', send, 2, { state: 'dead-lettered', coordinate: undefined })
  const nacked = flow.step('process dead', 'worker', [6, 7], { operation: 'process' })
  flow.attempt(dead, nacked, { outcome: 'settled-negatively', dwellMs: 4 })
  flow.message('aws_sqs/shipping', send, 2, { state: 'in-flight', coordinate: undefined, id: '5fea7756' })
  flow.message('redis/audit', send, 2.5, { state: 'lost', coordinate: undefined })
  flow.message('redis/log', send, 2.6, { state: 'unknown', coordinate: undefined })
  const later = flow.step('GET /receipt', 'web', [20, 22])
  flow.edge(send, later, 'flow-context')
  expect(renderFlow(flow.build([], { state: 'failed' }))).toMatchSnapshot()
})

test('a settlement stands under its message, whichever trace it is in', () => {
  const flow = new FlowBuilder()
  const send = flow.step('send orders', 'shop', [0, 2], { operation: 'send' })
  const order = flow.message('kafka/orders/0/0', send, 1)
  flow.attempt(order, flow.step('process orders', 'worker', [5, 9], { operation: 'process' }), { dwellMs: 4 })
  const commit = flow.step('commit orders', 'worker', [10, 11], { operation: 'settle' })
  flow.edge(send, commit, 'link')
  expect(renderFlow(flow.build())).toMatchSnapshot()
})

describe('a large flow', () => {
  test('sums up siblings that went well, and never hides one that failed', () => {
    const text = renderFlow(fanOut(500, 321))
    expect(text.split('\n').length).toBeLessThan(60)
    expect(text).toContain('487 messages and 487 steps more')
    expect(text).toContain('✗ process jobs Timeout')
    expect(text).toContain('jobs 0/321')
  })

  test('is drawn whole when asked', () => {
    expect(renderFlow(fanOut(500), { full: true }).match(/kafka jobs/g)).toHaveLength(500)
  })

  test('of 50,000 steps in one chain is drawn without running out of stack or time', () => {
    const start = performance.now()
    const text = renderFlow(chain(50_000))
    expect(text.split('\n').length).toBeGreaterThan(50_000)
    expect(text).toContain('⋯ ')
    expect(performance.now() - start).toBeLessThan(20_000)
  })

  test('that the server cut says so', () => {
    const flow = { ...orderFlow(), truncated: { reason: 'more than 9 steps', omittedSteps: 1200 } }
    expect(renderFlow(flow)).toContain('Not all of it: more than 9 steps (1200 steps left out)')
  })
})

describe('what services call themselves cannot harm the terminal', () => {
  test('escape sequences, newlines and direction overrides are made visible', () => {
    const flow = new FlowBuilder()
    flow.step('\u001B[2Jnice\nname\u202Etxt.exe', 'sh\u0007op\u001B]0;title\u0007', [0, 1], {
      status: 'error',
      errorType: 'a\rb',
    })
    const text = renderFlow(flow.build())
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F\u202E]/)
    expect(text).toContain('·[2Jnice·name·txt.exe')
    expect(text.trimEnd().split('\n')).toHaveLength(6)
  })

  test('wide characters keep the columns aligned', () => {
    const flow = new FlowBuilder()
    const root = flow.step('注文を処理する', '店', [0, 10])
    flow.step('send 📦', 'shop', [1, 2], { under: root })
    const rows = renderFlow(flow.build()).split('\n').slice(5, 7)
    expect(stringWidth(rows[0]!.split('店')[0]!)).toBe(stringWidth(rows[1]!.split('shop')[0]!))
  })
})

test('evidence that goes in a circle still draws every step once', () => {
  const flow = new FlowBuilder()
  const one = flow.step('one', 'a', [0, 1])
  const two = flow.step('two', 'b', [1, 2])
  const three = flow.step('three', 'c', [2, 3])
  flow.edge(one, two, 'link')
  flow.edge(two, three, 'link')
  flow.edge(three, one, 'link')
  const text = renderFlow(flow.build())
  for (const name of ['one', 'two', 'three']) expect(text.match(new RegExp(` |╴${name}`, 'g'))).not.toBeNull()
  expect(text.match(/\b(one|two|three)\b/g)!.filter((name) => name === 'two')).toHaveLength(1)
})

test('a flow of no time at all has no nonsense in it', () => {
  const flow = new FlowBuilder()
  flow.step('tick', 'cron', [0, 0])
  expect(renderFlow(flow.build())).not.toMatch(/NaN|Infinity/)
})

function fanOut(count: number, failing?: number): ReturnType<FlowBuilder['build']> {
  const flow = new FlowBuilder()
  const send = flow.step('send jobs', 'api', [0, 5], { operation: 'send' })
  for (let n = 0; n < count; n++) {
    const message = flow.message(`kafka/jobs/0/${n}`, send, 1)
    const failed = n === failing
    const step = flow.step(
      'process jobs',
      'worker',
      [10 + n, 12 + n],
      failed ? { status: 'error', errorType: 'Timeout' } : {},
    )
    flow.attempt(message, step, { dwellMs: 9 + n, outcome: failed ? 'failed' : 'succeeded' })
  }
  return flow.build()
}

function chain(length: number): ReturnType<FlowBuilder['build']> {
  const flow = new FlowBuilder()
  let under = flow.step('step 0', 'service', [0, length])
  const path = [segment('work', [0, length], under)]
  for (let n = 1; n < length; n++) under = flow.step(`step ${n}`, 'service', [n, length], { under })
  return flow.build(path, { endTimeUnixNano: at(length) })
}

test('a commit that comes after the end of the flow is drawn within the width', () => {
  const flow = new FlowBuilder()
  const send = flow.step('send orders', 'shop', [0, 9], { operation: 'send' })
  const late = flow.step('commit orders', 'shop', [5000, 5010], { operation: 'settle' })
  flow.edge(send, late, 'link')
  const text = renderFlow({ ...flow.build([]), endTimeUnixNano: at(9), durationMs: 9 }, { width: 100 })
  for (const line of text.split('\n')) expect(stringWidth(line), line).toBeLessThanOrEqual(100)
  const [origin, commit] = ['send orders', 'commit orders'].map((name) =>
    text.split('\n').find((line) => line.includes(name)),
  )
  expect(origin!.indexOf('━')).toBeLessThan(commit!.indexOf('━'))
})
