import { describe, expect, it } from 'vitest'
import type { Flow, Message } from '../src/index.ts'
import { engineWith, messaging, ref, traceId, type Attributes, type Told } from './support/story.ts'

/** What each attempt was, in short: its number, what came of it, why it was made, how long it was in coming. */
function chainOf({ attempts }: Message): unknown[] {
  return attempts.map(({ number, outcome, cause = '', dwellMs }) => [number, outcome, cause, dwellMs])
}

async function messageOf(told: readonly Told[]): Promise<{ message: Message; flow: Flow }> {
  const flow = (await (await engineWith(told)).flow(traceId('o')))!
  expect(flow.messages).toHaveLength(1)
  const [message] = flow.messages
  expect(message!.conflicts).toBeUndefined()
  return { message: message!, flow }
}

/** One broker's messages, each `span` in a trace of its own. */
function broker(system: string, common: Attributes = {}) {
  const on = (type: 'send' | 'receive' | 'process', to: string, more: Attributes): Attributes => ({
    ...messaging(type, to),
    'messaging.system.name': system,
    ...common,
    ...more,
  })
  return {
    sent: (to: string, more: Attributes = {}): Told => ({
      id: 'o/send',
      kind: 'producer',
      attributes: on('send', to, more),
    }),
    got: (from: string, at: number, more: Attributes = {}, span: Partial<Told> = {}): Told => ({
      id: `at${at}/process`,
      links: ['o/send'],
      kind: 'consumer',
      service: 'worker',
      at,
      for: 9,
      attributes: on('process', from, more),
      ...span,
    }),
    received: (from: string, at: number, more: Attributes = {}): Told => ({
      id: `at${at}/receive`,
      links: ['o/send'],
      kind: 'client',
      service: 'worker',
      at,
      attributes: on('receive', from, more),
    }),
  }
}

const nth = (number: number): Attributes => ({ 'flowstitch.message.attempt': number })
const failing = { error: true }
const timeout = { 'error.type': 'TimeoutError' }

describe('one chain of attempts', () => {
  it('is made by Kafka: an in-process retry, then a seek back over what was done', async () => {
    const at7 = { 'kafka.offset': 7, 'messaging.destination.partition.id': '0' }
    const { sent, got } = broker('kafka', { ...at7, 'messaging.consumer.group.name': 'g' })
    const { message, flow } = await messageOf([
      sent('orders'),
      got('orders', 11, { ...nth(1), ...timeout }, failing),
      got('orders', 120, nth(2)),
      got('orders', 529, nth(3)),
    ])
    expect(chainOf(message)).toEqual([
      [1, 'failed', '', 10],
      [2, 'succeeded', 'TimeoutError', 100],
      [3, 'succeeded', '', 400],
    ])
    expect([message.state, flow.state]).toEqual(['processed', 'quiet'])
  })

  it('goes through retry topics of other groups into the dead-letter topic', async () => {
    const { sent, got } = broker('kafka')
    const dead = {
      'flowstitch.dead_letter.source': 'orders.retry',
      'flowstitch.dead_letter.reason': 'org.example.Rejected',
    }
    const again = (id: string, parent: string, at: number, to: string): Told => ({
      id,
      parent,
      links: ['o/send'],
      kind: 'client',
      service: 'worker',
      at,
      attributes: messaging('send', to),
    })
    const { message, flow } = await messageOf([
      sent('orders'),
      got('orders', 11, { ...timeout, 'messaging.consumer.group.name': 'g' }, failing),
      again('at11/send', 'at11/process', 15, 'orders.retry'),
      got('orders.retry', 120, { ...timeout, 'messaging.consumer.group.name': 'g.retry' }, failing),
      again('at120/send', 'at120/process', 125, 'orders.dlt'),
      got('orders.dlt', 229, { ...dead, 'messaging.consumer.group.name': 'g.dlt' }),
    ])
    expect(chainOf(message)).toEqual([
      [1, 'failed', '', 10],
      [1, 'failed', 'TimeoutError', 100],
      [1, 'succeeded', 'org.example.Rejected', 100],
    ])
    expect([message.state, flow.state]).toEqual(['dead-lettered', 'failed'])
  })

  it('goes through RabbitMQ: a wait in a queue of retries, the dead-letter queue, and back', async () => {
    const { sent, got } = broker('rabbitmq')
    const dead = { 'flowstitch.dead_letter.source': 'orders', 'flowstitch.dead_letter.reason': 'rejected' }
    const nacked = { 'flowstitch.settlement': 'nack' }
    const chain = [
      sent('orders'),
      got('orders', 11, { ...nth(1), ...nacked }),
      got('orders', 120, { ...nth(2), ...nacked }),
      got('orders.dead', 129, dead),
    ]
    const { message } = await messageOf(chain)
    expect(chainOf(message)).toEqual([
      [1, 'settled-negatively', '', 10],
      [2, 'settled-negatively', 'nack', 100],
      [1, 'succeeded', 'rejected', 0],
    ])
    expect(message.state).toBe('dead-lettered')
    const redriven = await messageOf([...chain, got('orders', 629, nth(1))])
    expect(chainOf(redriven.message).at(-1)).toEqual([3, 'succeeded', 'nack', 500])
    expect([redriven.message.state, redriven.flow.state]).toEqual(['processed', 'quiet'])
  })

  it('goes through SQS: receive counts, the dead-letter queue, and a redrive under a new id', async () => {
    const { sent, got } = broker('aws.sqs')
    const id = (value: string): Attributes => ({ 'messaging.message.id': value })
    const { message, flow } = await messageOf([
      sent('orders', id('m-1')),
      got('orders', 11, { ...id('m-1'), ...nth(1), ...timeout }, failing),
      got('orders', 120, { ...id('m-1'), ...nth(2), ...timeout }, failing),
      got('orders-dlq', 229, { ...id('m-1'), ...nth(3), 'flowstitch.dead_letter.source': 'orders' }, failing),
      got('orders', 338, { ...id('m-2'), ...nth(1) }),
    ])
    expect(chainOf(message)).toEqual([
      [1, 'failed', '', 10],
      [2, 'failed', 'TimeoutError', 100],
      [3, 'failed', 'TimeoutError', 100],
      [3, 'succeeded', 'TimeoutError', 209],
    ])
    expect(message).toMatchObject({ id: 'm-1', coordinate: 'aws.sqs/orders/m-1', state: 'processed' })
    expect(flow.state).toBe('quiet')
  })

  it('is counted by JetStream, whose consumer naks, lets the time run out, and ends it', async () => {
    const place = {
      'flowstitch.message.coordinate': 'nats/ORDERS/7',
      'messaging.consumer.group.name': 'work',
    }
    const { sent, got } = broker('nats', place)
    const settled = (as: string): Attributes => ({ 'flowstitch.settlement': as })
    const { message, flow } = await messageOf([
      sent('orders.new'),
      got('orders.new', 11, { ...nth(1), ...settled('nak') }),
      got('orders.new', 120, nth(2)),
      got('orders.new', 20_129, { ...nth(3), ...settled('term') }),
    ])
    expect(chainOf(message)).toEqual([
      [1, 'settled-negatively', '', 10],
      [2, 'succeeded', 'nak', 100],
      [3, 'settled-negatively', '', 20_000],
    ])
    expect([message.state, flow.state]).toEqual(['failed', 'failed'])
  })

  it('is taken over by another Redis consumer that claims what a dead one had received', async () => {
    const place = {
      'flowstitch.message.coordinate': 'redis/orders/1-0',
      'messaging.consumer.group.name': 'g',
    }
    const { sent, got, received } = broker('redis', place)
    const { message } = await messageOf([
      sent('orders'),
      received('orders', 10, nth(1)),
      received('orders', 60_000, nth(2)),
      got('orders', 60_002, nth(2)),
    ])
    expect(message.attempts).toMatchObject([
      { number: 1, step: ref('at10/receive'), outcome: 'unknown' },
      { number: 2, step: ref('at60002/process'), outcome: 'succeeded' },
    ])
    expect(message.state).toBe('processed')
  })

  it('is known by a claim alone, where nothing was heard of the deliveries before', async () => {
    const { sent, got } = broker('redis')
    const { message } = await messageOf([sent('orders'), got('orders', 60_001, nth(4))])
    expect(chainOf(message)).toEqual([[4, 'succeeded', '', 60_000]])
  })

  it('has the backoff of a BullMQ job between its attempts', async () => {
    const job = { 'flowstitch.message.coordinate': 'bullmq/mails/17', 'messaging.message.id': '17' }
    const { sent, got } = broker('bullmq', job)
    const { message, flow } = await messageOf([
      sent('mails'),
      got('mails', 11, { ...nth(1), ...timeout }, failing),
      got('mails', 1020, { ...nth(2), ...timeout }, failing),
      got('mails', 3029, nth(3)),
    ])
    expect(chainOf(message)).toEqual([
      [1, 'failed', '', 10],
      [2, 'failed', 'TimeoutError', 1000],
      [3, 'succeeded', 'TimeoutError', 2000],
    ])
    const retries = flow.criticalPath.filter(({ kind }) => kind === 'retry')
    expect(retries.map((part) => BigInt(part.toUnixNano) - BigInt(part.fromUnixNano))).toEqual([
      1_000_000_000n,
      2_000_000_000n,
    ])
  })
})
