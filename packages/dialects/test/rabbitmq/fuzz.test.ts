import { anything, expectHandled, headers, hold, recordAll, table } from '@flowstitch/fuzz'
import type { SpanRecorder } from '@flowstitch/testing'
import fc, { type Arbitrary } from 'fast-check'
import { afterEach, beforeEach, it } from 'vitest'
import { headerCarrier, receivedFacts, type DeliveryFields } from '../../src/rabbitmq/index.ts'

interface Incoming {
  readonly fields: DeliveryFields
  readonly properties: { readonly headers: Readonly<Record<string, unknown>> }
}

/** How clients and event sources write a value whose type is told. */
const typed = fc.oneof(
  fc.record({ '!': fc.oneof(fc.constantFrom('timestamp', 'long'), anything), value: anything }),
  fc.record({ bytes: fc.oneof(fc.array(fc.integer({ min: -128, max: 255 })), fc.array(anything), anything) }),
)
const time = fc.oneof(
  typed,
  fc.date({ noInvalidDate: false }),
  fc.constant('Jan 1, 1970, 12:33:41 AM'),
  anything,
)

const death = fc.oneof(
  fc.record(
    {
      queue: fc.oneof(fc.constantFrom('orders', 'waiting'), typed, anything),
      reason: fc.oneof(fc.constantFrom('rejected', 'expired', 'delivery_limit', 'maxlen'), typed, anything),
      count: fc.oneof(fc.integer(), typed, anything),
      time,
      'original-expiration': fc.oneof(fc.nat().map(String), typed, anything),
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

const incoming: Arbitrary<Incoming> = fc.record({
  fields: fc.record({ routingKey: fc.string(), deliveryTag: fc.nat(), redelivered: fc.boolean() }),
  properties: fc.record({
    headers: tables,
    messageId: anything,
    correlationId: anything,
    timestamp: fc.oneof(fc.double(), time),
  }),
})

let recorder: SpanRecorder
beforeEach(() => {
  recorder = recordAll()
})
afterEach(() => recorder.shutdown())

it('a message of RabbitMQ, whatever it carries, is handled', () => {
  const carrier = headerCarrier(({ properties }: Incoming) => properties.headers)
  hold(
    fc.property(incoming, (message) =>
      expectHandled(recorder, carrier, message, ({ fields, properties }) =>
        receivedFacts('orders', fields, properties, 1),
      ),
    ),
  )
})
