import * as names from '@flowstitch/core/semconv'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { expect, test } from 'vitest'
import { isConsume } from './spans.ts'
import { consuming, openBench, published, unique } from './support.ts'

function attempts(spans: readonly ReadableSpan[]): unknown[] {
  return spans.map((span) => span.attributes[names.FLOWSTITCH_MESSAGE_ATTEMPT])
}

function relations(spans: readonly ReadableSpan[]): unknown[] {
  return spans.map((span) => span.attributes[names.FLOWSTITCH_RELATION_REASON])
}

function deadLetter(span: ReadableSpan | undefined): unknown {
  return [
    span?.attributes[names.FLOWSTITCH_DEAD_LETTER_SOURCE],
    span?.attributes[names.FLOWSTITCH_DEAD_LETTER_REASON],
  ]
}

test('R12: a classic queue tells that a message comes again, which is the second attempt at least', async () => {
  const { recorder, channel, confirming, queue } = await openBench()
  const target = await queue()
  await consuming(channel, target, (message) =>
    message.fields.redelivered ? channel.ack(message) : channel.nack(message),
  )
  await published(confirming, target)
  const spans = await recorder.waitForAll(isConsume, 2)
  expect(attempts(spans)).toEqual([1, 2])
  expect(relations(spans)).toEqual(['single', 'redelivery'])
})

test('R12: a quorum queue counts every attempt', async () => {
  const { recorder, channel, confirming, queue } = await openBench()
  const target = await queue({ durable: true, arguments: { 'x-queue-type': 'quorum' } })
  let deliveries = 0
  await consuming(channel, target, (message) =>
    ++deliveries < 4 ? channel.nack(message) : channel.ack(message),
  )
  await published(confirming, target)
  const spans = await recorder.waitForAll(isConsume, 4)
  expect(attempts(spans)).toEqual([1, 2, 3, 4])
})

test('R12: what a dead-letter queue brings says where from and why, and is a first attempt there', async () => {
  const { recorder, channel, confirming, queue } = await openBench()
  const dead = await queue()
  const target = await queue({
    durable: true,
    arguments: { 'x-queue-type': 'quorum' },
    deadLetterExchange: '',
    deadLetterRoutingKey: dead,
  })
  let deliveries = 0
  await consuming(channel, target, (message) => channel.nack(message, false, ++deliveries < 3))
  await consuming(channel, dead, (message) => channel.ack(message))
  await published(confirming, target)
  const spans = await recorder.waitForAll(isConsume, 4)
  expect(attempts(spans)).toEqual([1, 2, 3, 1])
  expect(deadLetter(spans[3])).toEqual([target, 'rejected'])
  expect(relations(spans)[3]).toBe('dead-letter')
})

test('R12: a message that comes back through a retry queue is a later attempt, and no dead letter', async () => {
  const { recorder, channel, confirming, queue, exchange } = await openBench()
  const retries = await exchange('direct')
  const target = await queue({ deadLetterExchange: retries, deadLetterRoutingKey: 'later' })
  const later = await queue({ messageTtl: 20, deadLetterExchange: '', deadLetterRoutingKey: target })
  await channel.bindQueue(later, retries, 'later')
  let deliveries = 0
  await consuming(channel, target, (message) =>
    ++deliveries < 4 ? channel.nack(message, false, false) : channel.ack(message),
  )
  await published(confirming, target)
  const spans = await recorder.waitForAll(isConsume, 4)
  expect(attempts(spans)).toEqual([1, 2, 3, 4])
  expect(relations(spans)).toEqual(['single', 'redelivery', 'redelivery', 'redelivery'])
  for (const span of spans) expect(deadLetter(span)).toEqual([undefined, undefined])
  expect(new Set(spans.flatMap(({ links }) => links.map(({ context }) => context.spanId))).size).toBe(1)
})

test('a message that is given up after retries is a dead letter of the queue that rejected it', async () => {
  const { recorder, channel, confirming, queue, exchange } = await openBench()
  const [retries, dead] = [await exchange('direct'), await queue()]
  const target = await queue({ deadLetterExchange: retries, deadLetterRoutingKey: 'later' })
  const later = await queue({ messageTtl: 20, deadLetterExchange: '', deadLetterRoutingKey: target })
  await channel.bindQueue(later, retries, 'later')
  await consuming(channel, target, (message) => {
    const { properties, content } = message
    if (!properties.headers?.['x-death']) return channel.nack(message, false, false)
    channel.sendToQueue(dead, content, properties)
    return channel.ack(message)
  })
  await consuming(channel, dead, (message) => channel.ack(message))
  await published(confirming, target)
  const spans = await recorder.waitForAll(isConsume, 3)
  expect(deadLetter(spans[2])).toEqual([target, 'rejected'])
})

test('R12: a message that was held back for its own time to live is delayed, and no dead letter', async () => {
  const { recorder, channel, confirming, queue } = await openBench()
  const target = await queue()
  const delays = await queue({ deadLetterExchange: '', deadLetterRoutingKey: target })
  await consuming(channel, target, (message) => channel.ack(message))
  await published(confirming, delays, { expiration: '20' })
  const span = await recorder.waitFor(isConsume)
  expect(deadLetter(span)).toEqual([undefined, undefined])
  expect(relations([span])).toEqual(['delayed'])
  expect(span.attributes[names.FLOWSTITCH_MESSAGE_DELAY]).toBe(20)
  expect(span.attributes[names.FLOWSTITCH_MESSAGE_DWELL]).toBeGreaterThanOrEqual(20)
})

test('R12: a message that the plugin for delayed messages has held back is delayed', async () => {
  const { recorder, channel, bare, queue } = await openBench()
  const target = await queue()
  await consuming(channel, target, (message) => channel.ack(message))
  // As the plugin hands it on, over the wire: not every broker has it.
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  await published(bare, target, { headers: { traceparent, 'x-delay': -86_400_000 } })
  const span = await recorder.waitFor(isConsume)
  expect(relations([span])).toEqual(['delayed'])
  expect(span.attributes[names.FLOWSTITCH_MESSAGE_DELAY]).toBe(86_400_000)
  expect(deadLetter(span)).toEqual([undefined, undefined])
})

test('R12: along a chain of dead-letter queues each tells which queue gave the message up last', async () => {
  const { recorder, channel, confirming, queue } = await openBench()
  const last = await queue()
  const middle = await queue({ deadLetterExchange: '', deadLetterRoutingKey: last })
  const target = await queue({ deadLetterExchange: '', deadLetterRoutingKey: middle, maxLength: 1 })
  await published(confirming, target)
  await published(confirming, target)
  await consuming(channel, target, (message) => channel.reject(message, false))
  await recorder.waitFor(isConsume)
  await consuming(channel, middle, (message) => channel.reject(message, false))
  await consuming(channel, last, (message) => channel.ack(message))
  const spans = await recorder.waitForAll(isConsume, 5)
  const of = (name: string): unknown[] => spans.filter((span) => span.name.endsWith(name)).map(deadLetter)
  expect(of(target)).toEqual([[undefined, undefined]])
  expect(of(middle)).toEqual([
    [target, 'maxlen'],
    [target, 'rejected'],
  ])
  expect(of(last)).toEqual([
    [middle, 'rejected'],
    [middle, 'rejected'],
  ])
  expect(attempts(spans)).toEqual([1, 1, 1, 1, 1])
  const creations = spans.flatMap(({ links }) => links.map(({ context }) => context.spanId))
  expect(new Set(creations).size).toBe(2)
})

test.each(['dead', 'orders.dlq', 'ordersDeadLetters', 'orders_error', 'failed', 'ORDERS-DLX'])(
  'a message that expired, and ends in a queue like %s, is a dead letter',
  async (kind) => {
    const { recorder, channel, confirming, queue } = await openBench()
    const dead = await queue({}, kind)
    const target = await queue({ messageTtl: 20, deadLetterExchange: '', deadLetterRoutingKey: dead })
    await consuming(channel, dead, (message) => channel.ack(message))
    await published(confirming, target)
    await published(confirming, target, { expiration: '10' })
    const spans = await recorder.waitForAll(isConsume, 2)
    expect(spans.map(deadLetter)).toEqual([
      [target, 'expired'],
      [target, 'expired'],
    ])
    expect(spans[0]?.attributes).not.toHaveProperty([names.FLOWSTITCH_MESSAGE_DELAY])
  },
)

test.each(['orders', 'deadlines', 'failover', 'payments.later'])(
  "a message that was held back for its queue's time to live, and ends in a queue like %s, is delayed",
  async (kind) => {
    const { recorder, channel, confirming, queue } = await openBench()
    const target = await queue({}, kind)
    const delays = await queue({ messageTtl: 1100, deadLetterExchange: '', deadLetterRoutingKey: target })
    await consuming(channel, target, (message) => channel.ack(message))
    await published(confirming, delays)
    const span = await recorder.waitFor(isConsume)
    expect(deadLetter(span)).toEqual([undefined, undefined])
    expect(relations([span])).toEqual(['delayed'])
    const { [names.FLOWSTITCH_MESSAGE_DELAY]: delay, [names.FLOWSTITCH_MESSAGE_DWELL]: dwell } =
      span.attributes
    expect(delay).toBeGreaterThanOrEqual(1100)
    expect(dwell).toBeGreaterThanOrEqual(Number(delay))
  },
)

test('a delay by one queue after another is one, up to the last', async () => {
  const { recorder, channel, confirming, queue } = await openBench()
  const target = await queue()
  const second = await queue({ messageTtl: 600, deadLetterExchange: '', deadLetterRoutingKey: target })
  const first = await queue({ messageTtl: 600, deadLetterExchange: '', deadLetterRoutingKey: second })
  await consuming(channel, target, (message) => channel.ack(message))
  await published(confirming, first)
  const span = await recorder.waitFor(isConsume)
  expect(deadLetter(span)).toEqual([undefined, undefined])
  expect(span.attributes[names.FLOWSTITCH_MESSAGE_DELAY]).toBeGreaterThanOrEqual(1200)
})

test('a stream tells where it has put a message', async () => {
  const { recorder, channel, confirming, queue } = await openBench()
  const stream = await queue({ durable: true, arguments: { 'x-queue-type': 'stream' } })
  await channel.prefetch(10)
  await published(confirming, stream)
  await published(confirming, stream)
  await consuming(channel, stream, (message) => channel.ack(message), {
    arguments: { 'x-stream-offset': 'first' },
  })
  const spans = await recorder.waitForAll(isConsume, 2)
  expect(spans.map((span) => span.attributes[names.FLOWSTITCH_MESSAGE_COORDINATE])).toEqual([
    `rabbitmq/${stream}/0`,
    `rabbitmq/${stream}/1`,
  ])
})

test("the producer's timestamp counts for the age of messages without a flow, the broker's for their dwell", async () => {
  const { recorder, channel, bare, queue } = await openBench()
  const target = await queue()
  const hourAgo = Date.now() - 3_600_000
  await consuming(channel, target, (message) => channel.ack(message))
  await published(bare, target, { timestamp: Math.floor(hourAgo / 1000) })
  await published(bare, target, { timestamp: hourAgo })
  await published(bare, target, { headers: { timestamp_in_ms: hourAgo } })
  const spans = await recorder.waitForAll(isConsume, 3)
  for (const { attributes } of spans) {
    expect(attributes[names.FLOWSTITCH_MESSAGE_AGE]).toBeGreaterThanOrEqual(3_600_000)
    expect(attributes[names.FLOWSTITCH_MESSAGE_AGE]).toBeLessThan(3_660_000)
  }
  expect(spans.map(({ attributes }) => attributes[names.FLOWSTITCH_MESSAGE_BROKER_TIME])).toEqual([
    undefined,
    undefined,
    hourAgo,
  ])
})

test("headers that only look like the broker's are taken for none, and the message is handled", async () => {
  const { recorder, channel, bare, queue } = await openBench()
  const target = await queue()
  await consuming(channel, target, (message) => channel.ack(message))
  const unprintable = { toString: 'none', valueOf: 'none' }
  const hostile: unknown[] = [
    { 'x-death': 'no list' },
    {
      'x-death': [
        null,
        1,
        'text',
        {},
        { queue: 1, reason: 2 },
        { queue: target, reason: 'rejected', count: 'many' },
      ],
    },
    { 'x-death': [{ queue: target, reason: 'rejected', count: -1 }] },
    { 'x-delivery-count': 'a lot', timestamp_in_ms: { deep: true }, 'x-delay': [1] },
    {
      'x-delay': unprintable,
      'x-death': [{ queue: 'q', reason: 'expired', 'original-expiration': unprintable }],
    },
    { 'x-delivery-count': unprintable, timestamp_in_ms: unprintable, 'x-stream-offset': unprintable },
    { traceparent: unprintable, tracestate: [unprintable] },
    { traceparent: { '!': 'timestamp', value: 1 }, tracestate: 1, baggage: [null] },
    { traceparent: Buffer.from([0xff, 0xfe]), __proto__: null },
  ]
  for (const headers of hostile) await published(bare, target, { headers, messageId: unique('m') })
  const spans = await recorder.waitForAll(isConsume, hostile.length)
  for (const span of spans) expect(span.links).toHaveLength(0)
  expect(attempts(spans).every((attempt) => attempt === 1 || attempt === 2)).toBe(true)
})
