import { anything, expectHandled, headers, hold, recordAll, sentThrough, table, text } from '@flowstitch/fuzz'
import type { SpanRecorder } from '@flowstitch/testing'
import type { Message } from 'amqplib'
import fc, { type Arbitrary } from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { publishedWithin, received, type Publication } from '../src/carrier.ts'
import { receivedFacts, sentFacts } from '../src/message.ts'
import { headerSize } from '../src/room.ts'

/** How amqplib writes a value whose type is told. */
const typed = fc.record({ '!': fc.oneof(fc.constantFrom('timestamp', 'long'), anything), value: anything })

const death = fc.oneof(
  fc.record(
    {
      queue: fc.oneof(fc.constantFrom('orders', 'waiting'), anything),
      reason: fc.oneof(fc.constantFrom('rejected', 'expired', 'delivery_limit', 'maxlen'), anything),
      count: fc.oneof(fc.integer(), anything),
      'original-expiration': fc.oneof(fc.nat().map(String), anything),
    },
    { requiredKeys: [] },
  ),
  anything,
)

/** Headers that RabbitMQ and its plugins write, which anybody may write. */
const ofTheBroker = fc.record(
  {
    'x-death': fc.oneof(fc.array(death), anything),
    'x-delivery-count': fc.oneof(fc.double(), anything),
    'x-stream-offset': fc.oneof(fc.double(), anything),
    'x-delay': fc.oneof(fc.double(), anything),
    timestamp_in_ms: fc.oneof(fc.double(), anything),
  },
  { requiredKeys: [] },
)

const tables = fc.oneof(
  headers,
  table(fc.oneof(typed, fc.array(typed), table(anything))),
  fc.tuple(table(anything), ofTheBroker).map(([some, others]) => ({ ...some, ...others })),
)

const incoming = fc.record({
  content: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fields: fc.record({
    exchange: fc.string(),
    routingKey: fc.oneof(fc.string(), fc.constantFrom('amq.gen-', 'amq.rabbitmq.reply-to.x')),
    deliveryTag: fc.nat(),
    redelivered: fc.boolean(),
  }),
  properties: fc.record({
    headers: tables,
    messageId: anything,
    correlationId: anything,
    timestamp: fc.oneof(fc.double(), anything),
  }),
}) as Arbitrary<unknown> as Arbitrary<Message>

describe('a message of RabbitMQ, whatever it carries,', () => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordAll()
  })
  afterEach(() => recorder.shutdown())

  it('is handled', () => {
    const facts = (message: Message): ReturnType<typeof receivedFacts> =>
      receivedFacts('orders', message, { captureBodySize: true })
    hold(fc.property(incoming, (message) => expectHandled(recorder, received, message, facts)))
  })

  it('is published with all that its sender has put on it, within the room that there is', () => {
    const room = fc.constantFrom(0, 100, 3000, 65_536)
    hold(
      fc.property(table(fc.oneof(text, fc.array(text), table(text))), room, (own, bytes) => {
        const given: Publication = Object.freeze({
          exchange: 'events',
          routingKey: 'orders',
          content: Buffer.from('x'),
          options: Object.freeze({ headers: Object.freeze(own) }),
        })
        const sent = sentThrough(recorder, publishedWithin(bytes), given, () => sentFacts(given, {}))
        const kept = Object.entries(own).filter(([name]) => !/^(traceparent|tracestate)$/.test(name))
        for (const [name, value] of kept) expect(sent.options?.headers[name]).toBe(value)
        expect(sent === given || headerSize(sent.options) <= bytes).toBe(true)
      }),
    )
  })
})
