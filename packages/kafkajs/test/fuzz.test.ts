import { anything, expectHandled, headers, hold, recordAll, sentThrough, table, text } from '@flowstitch/fuzz'
import type { SpanRecorder } from '@flowstitch/testing'
import fc, { type Arbitrary } from 'fast-check'
import type { KafkaMessage, Message } from 'kafkajs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { carrier } from '../src/carrier.ts'
import { receivedFacts, sentFacts } from '../src/message.ts'

/** Headers that Spring and Kafka Connect tell of retries and failures by, filled with anything. */
const lineages = fc.dictionary(
  fc.constantFrom(
    'kafka_dlt-original-topic',
    'kafka_dlt-original-partition',
    'kafka_dlt-original-offset',
    'kafka_dlt-exception-fqcn',
    'kafka_original-topic',
    'kafka_original-offset',
    'retry_topic-attempts',
    '__connect.errors.topic',
    '__connect.errors.offset',
    '__connect.errors.exception.class.name',
  ),
  anything,
)

const incoming = fc.record({
  headers: fc.oneof(
    headers,
    fc.tuple(table(anything), lineages).map(([some, others]) => ({ ...some, ...others })),
  ),
  key: anything,
  value: anything,
  offset: fc.oneof(fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }).map(String), fc.string()),
  timestamp: fc.oneof(fc.bigInt({ min: -1n, max: (1n << 63n) - 1n }).map(String), fc.string()),
  attributes: fc.integer({ min: 0, max: 255 }),
  batchContext: fc.option(fc.record({ timestampType: anything })),
}) as Arbitrary<unknown> as Arbitrary<KafkaMessage>

describe('a Kafka message, whatever it carries,', () => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordAll()
  })
  afterEach(() => recorder.shutdown())

  it('is handled', () => {
    const facts = (message: KafkaMessage): ReturnType<typeof receivedFacts> =>
      receivedFacts('orders', 0, message, () => undefined, { captureBodySize: true })
    hold(fc.property(incoming, (message) => expectHandled(recorder, carrier, message, facts)))
  })

  it('is sent with all that its sender has put on it', () => {
    const outgoing = fc.record({
      value: anything,
      key: anything,
      headers: table(fc.oneof(text, fc.array(text))),
    })
    hold(
      fc.property(outgoing as Arbitrary<unknown> as Arbitrary<Message>, (message) => {
        const given = Object.freeze({ ...message, headers: Object.freeze({ ...message.headers }) })
        const sent: Message = sentThrough<Message>(recorder, carrier, given, () =>
          sentFacts(given, { captureBodySize: true }),
        )
        const own = Object.entries(given.headers).filter(([name]) => !/^(traceparent|tracestate)$/.test(name))
        for (const [name, value] of own) expect(sent.headers?.[name]).toBe(value)
        expect(sent.value).toBe(given.value)
      }),
    )
  })
})
