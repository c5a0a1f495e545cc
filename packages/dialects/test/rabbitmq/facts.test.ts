import type { MessageFacts } from '@flowstitch/core'
import { describe, expect, test } from 'vitest'
import { mappedQueue, queueDestination, receivedFacts, sentFacts } from '../../src/rabbitmq/index.ts'

/** A client's or an event source's way of writing values. */
interface Spelling {
  readonly text: (value: string) => unknown
  readonly time: (seconds: number) => unknown
}

const NOON = Date.UTC(2026, 10, 23, 12, 5, 9)

const spellings: Readonly<Record<string, Spelling>> = {
  amqplib: { text: (value) => value, time: (value) => ({ '!': 'timestamp', value }) },
  'a client with dates': { text: (value) => Buffer.from(value), time: (value) => new Date(value * 1000) },
  'an event of Lambda': {
    text: (value) => ({ bytes: [...Buffer.from(value)] }),
    time: (value) =>
      new Date(value * 1000).toLocaleString('en-US', {
        dateStyle: 'medium',
        timeStyle: 'medium',
        timeZone: 'UTC',
      }),
  },
}

describe.each(Object.entries(spellings))('in the words of %s', (_, { text, time }) => {
  const death = (queue: string, reason: string, more: object = {}): object => ({
    queue: text(queue),
    reason: text(reason),
    count: 1,
    time: time(NOON / 1000),
    ...more,
  })
  const facts = (deaths: readonly object[]): MessageFacts =>
    receivedFacts('orders', { redelivered: false }, { headers: { 'x-death': deaths } })

  test('what its own queue has rejected before is a later attempt', () => {
    expect(facts([death('waiting', 'expired'), death('orders', 'rejected', { count: 2 })])).toMatchObject({
      attempt: 3,
    })
  })

  test('what another queue has given up is a dead letter', () => {
    const given = facts([death('waiting', 'rejected')])
    expect(given).toMatchObject({ attempt: 1, deadLetter: { source: 'waiting', reason: 'rejected' } })
  })

  test('what has waited for its own time to live was delayed for it', () => {
    const expired = death('waiting', 'expired', { 'original-expiration': text('1500') })
    const given = facts([expired])
    expect(given).toMatchObject({ attempt: 1, delayMs: 1500 })
    expect(given.deadLetter).toBeUndefined()
  })

  test("what has waited for its queue's time to live was held until the end of that second", () => {
    expect(facts([death('waiting', 'expired')])).toMatchObject({ heldUntilMs: NOON + 999 })
  })

  test('its timestamp is when it was sent', () => {
    const { sentTimeMs } = receivedFacts('orders', {}, { timestamp: time(NOON / 1000) })
    expect(sentTimeMs).toBe(NOON)
  })
})

test.each([
  ['Jan 1, 1970, 12:33:41 AM', 2_021_000],
  ['Jan 1, 1970 12:33:41 AM', 2_021_000],
  ['Jan 1, 1970, 12:33:41\u202FPM', 45_221_000],
  [2021, 2_021_000],
  [NOON, NOON],
  ['orders 1', undefined],
  ['2026-11-23T12:00:00Z', undefined],
  ['Xyz 99, 2026, 12:33:41 AM', undefined],
  [new Date(NaN), undefined],
  [-1, undefined],
  [null, undefined],
  [{}, undefined],
])('the time %s is %s', (timestamp, expected) => {
  expect(receivedFacts('orders', {}, { timestamp }).sentTimeMs).toBe(expected)
})

test('the time that the broker tells counts for more than the one of the sender', () => {
  const properties = { timestamp: 2021, headers: { timestamp_in_ms: NOON } }
  expect(receivedFacts('orders', {}, properties)).toMatchObject({ brokerTimeMs: NOON, sentTimeMs: undefined })
})

test.each([
  // The plugin for delayed messages turns the sign around when it delivers, whatever type the header had.
  [{ 'x-delay': -5000 }, 5000],
  [{ 'x-delay': -86_400_000 }, 86_400_000],
  // Some tables come as they were sent all the same (rabbitmq-delayed-message-exchange, issue 64).
  [{ 'x-delay': 10_000 }, 10_000],
  [{ 'x-delay': '1500' }, 1500],
  [{ 'x-delay': 0 }, 0],
  [{}, undefined],
])('with the headers %o a message was delayed for %s milliseconds', (headers, expected) => {
  const facts = receivedFacts('orders', { exchange: 'delayed', routingKey: 'orders' }, { headers })
  expect(facts).toMatchObject({ attempt: 1 })
  expect(facts.delayMs).toBe(expected)
  expect(facts.deadLetter).toBeUndefined()
})

test('what Amazon MQ hands to Lambda has the facts of a message of that queue', () => {
  const record = {
    basicProperties: {
      contentType: 'text/plain',
      headers: { header1: { bytes: [118, 97] }, numberInHeader: 10, 'x-delivery-count': 2 },
      correlationId: 'c-1',
      messageId: null,
      timestamp: 'Jan 1, 1970, 12:33:41 AM',
      bodySize: 80,
    },
    redelivered: true,
    data: 'eyJ0aW1lb3V0IjowLCJkYXRhIjoiQ1pybWYwR3c4T3Y0YnFMUXhENEUifQ==',
  }
  const { basicProperties } = record
  expect(receivedFacts('orders', record, basicProperties, basicProperties.bodySize)).toEqual({
    attempt: 3,
    bodySize: 80,
    conversationId: 'c-1',
    sentTimeMs: 2_021_000,
  })
  expect(receivedFacts('orders', {}, { headers: null, messageId: null, timestamp: null })).toEqual({
    attempt: 1,
  })
})

test.each([
  ['orders::/', 'orders'],
  ['eu::orders::/', 'eu::orders'],
  ['orders::prod', 'orders'],
  ['orders', 'orders'],
])('%s names the queue %s', (key, queue) => {
  expect(mappedQueue(key)).toBe(queue)
  expect(queueDestination(mappedQueue(key))).toEqual({ name: queue })
})

test('what is sent has the ids of its properties, its routing key and, where it is told, its size', () => {
  expect(sentFacts('paid', { messageId: 'm-1', correlationId: 'c-1' }, 5)).toEqual({
    id: 'm-1',
    conversationId: 'c-1',
    routingKey: 'paid',
    bodySize: 5,
  })
  for (const none of [undefined, null, { messageId: '', correlationId: 1 }]) {
    expect(sentFacts('', none)).toEqual({})
  }
})
