import {
  eventCarrier,
  eventFacts,
  headerCarrier,
  incomingFacts,
  outgoingFacts,
  type EventRecord,
  type IncomingRecord,
  type OutgoingRecord,
} from '@flowstitch/dialects/kafka'
import { anything, expectHandled, headers, hold, recordAll, sentThrough, table, text } from '@flowstitch/fuzz'
import type { SpanRecorder } from '@flowstitch/testing'
import fc, { type Arbitrary } from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

/** Headers that Spring and Kafka Connect tell of retries and failures by, filled with anything. */
const lineages = fc.dictionary(
  fc.constantFrom(
    'kafka_dlt-original-topic',
    'kafka_dlt-original-partition',
    'kafka_dlt-original-offset',
    'kafka_dlt-exception-fqcn',
    'kafka_original-topic',
    'kafka_original-partition',
    'kafka_original-offset',
    'retry_topic-attempts',
    '__connect.errors.topic',
    '__connect.errors.partition',
    '__connect.errors.offset',
    '__connect.errors.exception.class.name',
  ),
  anything,
)

const number = fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger())

const incoming = fc.record({
  offset: fc.oneof(number, fc.string()),
  timestamp: fc.oneof(number, fc.string()),
  key: anything,
  value: anything,
  headers: fc.oneof(
    headers,
    fc.tuple(table(anything), lineages).map(([some, others]) => ({ ...some, ...others })),
  ),
}) as Arbitrary<unknown> as Arbitrary<IncomingRecord>

const outgoing = fc.record({
  value: anything,
  key: anything,
  headers: table(fc.oneof(text, fc.array(text))),
})

/** What JSON can bring: Lambda hands out nothing else. */
const jsonBytes = fc.oneof(
  text.map((value) => [...Buffer.from(value)]),
  text.map((value) => [...new Int8Array(Buffer.from(value))]),
  fc.jsonValue(),
)
const base64 = fc.oneof(
  text.map((value) => Buffer.from(value).toString('base64')),
  fc.jsonValue(),
)

const inEvent = fc.record(
  {
    topic: fc.constantFrom('orders', 'orders-dlt'),
    partition: number,
    offset: fc.oneof(number, fc.jsonValue()),
    timestamp: fc.oneof(number, fc.jsonValue()),
    timestampType: fc.oneof(fc.constantFrom('CREATE_TIME', 'LOG_APPEND_TIME'), fc.jsonValue()),
    key: base64,
    value: base64,
    headers: fc.oneof(
      fc.array(table(jsonBytes)),
      fc.array(fc.dictionary(fc.constantFrom('retry_topic-attempts', 'kafka_original-topic'), jsonBytes)),
      fc.jsonValue(),
    ),
  },
  { requiredKeys: ['topic', 'partition'] },
) as Arbitrary<unknown> as Arbitrary<EventRecord>

describe('a record of Kafka, whatever it carries,', () => {
  const options = { captureBodySize: true }
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordAll()
  })
  afterEach(() => recorder.shutdown())

  it('is handled', () => {
    const place = fc.record({ topic: fc.constantFrom('orders', 'orders-dlt'), partition: number })
    const attempt = fc.option(fc.integer({ min: 1 }), { nil: undefined })
    hold(
      fc.property(incoming, place, attempt, fc.boolean(), (record, from, again, byBroker) =>
        expectHandled(recorder, headerCarrier, record, () =>
          incomingFacts(from, record, options, again, byBroker),
        ),
      ),
    )
  })

  it('is handled in an event of Lambda', () => {
    const facts = (record: EventRecord): ReturnType<typeof eventFacts> => eventFacts(record, options)
    hold(fc.property(inEvent, (record) => expectHandled(recorder, eventCarrier, record, facts)))
  })

  it('is sent with all that its sender has put on it', () => {
    hold(
      fc.property(outgoing, (record) => {
        const given = Object.freeze({ ...record, headers: Object.freeze({ ...record.headers }) })
        const sent = sentThrough(recorder, headerCarrier, given as never, () =>
          outgoingFacts(given as OutgoingRecord, options),
        ) as typeof record
        const own = Object.entries(given.headers).filter(([name]) => !/^(traceparent|tracestate)$/.test(name))
        for (const [name, value] of own) expect(sent.headers[name]).toBe(value)
        expect(sent.value).toBe(given.value)
      }),
    )
  })
})
