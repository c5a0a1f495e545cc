import { describe, expect, test } from 'vitest'
import { consumerDestination, producerDestination, queueDestination } from '../../src/rabbitmq/index.ts'
import { TemporaryQueues } from '../../src/rabbitmq/temporary.ts'

const replies = new TemporaryQueues()
replies.note('replies', { exclusive: true })

describe('a producer', () => {
  test.each([
    ['events', 'paid', { name: 'events:paid' }],
    ['events', '', { name: 'events' }],
    ['', 'orders', { name: 'orders' }],
    ['', '', { name: 'amq.default' }],
    ['amq.topic', 'paid', { name: 'amq.topic:paid' }],
    ['events', 'replies', { name: 'events:replies' }],
    ['', 'replies', { name: 'replies', template: undefined, temporary: true }],
    ['', 'amq.gen-x1', { name: 'amq.gen-x1', template: 'amq.gen-*', temporary: true, anonymous: true }],
    [
      '',
      'amq.rabbitmq.reply-to.g1h2',
      {
        name: 'amq.rabbitmq.reply-to.g1h2',
        template: 'amq.rabbitmq.reply-to.*',
        temporary: true,
        anonymous: true,
      },
    ],
  ])('to exchange %j by %j', (exchange, routingKey, expected) => {
    expect(producerDestination(exchange, routingKey, replies)).toEqual(expected)
  })
})

describe('a consumer', () => {
  test.each([
    ['orders', 'events', 'paid', { name: 'events:paid:orders' }],
    ['orders', 'events', '', { name: 'events:orders' }],
    ['orders', '', 'orders', { name: 'orders' }],
    ['orders', undefined, undefined, { name: 'orders' }],
    ['replies', 'events', 'paid', { name: 'events:paid:replies', template: 'events:paid', temporary: true }],
    ['replies', '', 'replies', { name: 'replies', template: undefined, temporary: true }],
    [
      'amq.rabbitmq.reply-to',
      '',
      'amq.rabbitmq.reply-to.g1h2',
      {
        name: 'amq.rabbitmq.reply-to.g1h2',
        template: 'amq.rabbitmq.reply-to.*',
        temporary: true,
        anonymous: true,
      },
    ],
  ])('of queue %j, from exchange %j by %j', (queue, exchange, routingKey, expected) => {
    expect(consumerDestination(queue, { exchange, routingKey }, replies)).toEqual(expected)
  })

  test('that asks a queue names that alone', () => {
    expect(queueDestination('orders', replies)).toEqual({ name: 'orders' })
    expect(queueDestination('replies', replies)).toMatchObject({ name: 'replies', temporary: true })
  })
})

test('of temporary queues only so many are remembered', () => {
  const queues = new TemporaryQueues()
  for (let n = 0; n < 1500; n++) queues.note(`replies-${n}`, { exclusive: true })
  queues.note('orders', {})
  expect(queues.has('replies-499')).toBe(false)
  expect(queues.has('replies-500')).toBe(true)
  expect(queues.has('orders')).toBe(false)
})
