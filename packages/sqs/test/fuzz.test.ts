import {
  anything,
  contextValue,
  expectHandled,
  headers,
  hold,
  recordAll,
  sentThrough,
  table,
} from '@flowstitch/fuzz'
import type { SpanRecorder } from '@flowstitch/testing'
import fc, { type Arbitrary } from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { receivedCarrier, receivedFacts } from '@flowstitch/dialects/sqs'
import { sendingCarrier } from '../src/carrier.ts'
import { processSqs, type SqsMessage } from '../src/index.ts'
import { sentFacts, type SentMessage } from '../src/message.ts'

const spelling = fc.constantFrom(
  'StringValue',
  'stringValue',
  'BinaryValue',
  'binaryValue',
  'DataType',
  'Type',
  'Value',
)
const attribute = fc.oneof(
  fc.dictionary(spelling, fc.oneof(contextValue, anything, fc.uint8Array())),
  anything,
)
/** Datadog's attribute, with JSON of headers in it, of anything else, and of what is no JSON. */
const ofDatadog = fc.oneof(
  table(contextValue).map((all) => JSON.stringify(all)),
  fc.json(),
  fc.string(),
)
const withDatadog = fc.record({
  _datadog: fc.oneof(
    ofDatadog.map((StringValue) => ({ DataType: 'String', StringValue })),
    ofDatadog.map((text) => ({ DataType: 'Binary', BinaryValue: Buffer.from(text) })),
    anything,
  ),
})
const attributes = fc.oneof(table(attribute), withDatadog, headers)

/** What SNS puts around a message, and what looks like it. */
const envelope = fc
  .record({
    Type: fc.constantFrom('Notification', 'Other'),
    Message: fc.string(),
    MessageAttributes: fc.oneof(
      table(
        fc.record({ Type: fc.constantFrom('String', 'Binary'), Value: fc.oneof(contextValue, fc.json()) }),
      ),
      fc.jsonValue(),
    ),
  })
  .map((body) => JSON.stringify(body))

/** An event of EventBridge, and what looks like it. */
const event = fc
  .record({
    'detail-type': fc.jsonValue(),
    detail: fc.oneof(table(fc.oneof(contextValue, fc.jsonValue())), fc.jsonValue()),
  })
  .map((body) => JSON.stringify(body))

const system = fc.oneof(
  fc.dictionary(
    fc.constantFrom(
      'AWSTraceHeader',
      'ApproximateReceiveCount',
      'SentTimestamp',
      'ApproximateFirstReceiveTimestamp',
      'DeadLetterQueueSourceArn',
    ),
    fc.oneof(contextValue, fc.nat().map(String), anything),
  ),
  anything,
)

const body = fc.oneof(
  envelope,
  event,
  envelope.map((text) => text.slice(0, -1)),
  fc.string(),
  anything,
)
const incoming = fc.oneof(
  fc.record(
    { MessageId: fc.uuid(), Body: body, Attributes: system, MessageAttributes: attributes },
    { requiredKeys: [] },
  ),
  fc.record(
    {
      messageId: anything,
      receiptHandle: anything,
      body,
      attributes: system,
      messageAttributes: attributes,
      eventSourceARN: fc.oneof(fc.constant('arn:aws:sqs:eu-west-1:1:orders'), anything),
    },
    { requiredKeys: [] },
  ),
) as Arbitrary<unknown> as Arbitrary<SqsMessage>

describe('a message of SQS, whatever it carries,', () => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordAll()
  })
  afterEach(() => recorder.shutdown())

  it('is handled', () => {
    const facts = (message: SqsMessage): ReturnType<typeof receivedFacts> =>
      receivedFacts(message, { captureBodySize: true })
    hold(fc.property(incoming, (message) => expectHandled(recorder, receivedCarrier, message, facts)))
  })

  it('is handled by processSqs, also where nobody has received it', () => {
    hold(
      fc.property(fc.oneof(incoming, anything as Arbitrary<SqsMessage>), (message) => {
        fc.pre(!Array.isArray(message) && message !== undefined)
        recorder.clear()
        const { open } = recorder
        const answer = {}
        expect(processSqs(message, () => answer)).toBe(answer)
        expect(recorder.open).toBe(open)
      }),
    )
  })

  it('is sent with all that its sender has put on it, in ten attributes at most', () => {
    const own = table(
      fc.oneof(contextValue, fc.string()).map((StringValue) => ({ DataType: 'String', StringValue })),
    )
    hold(
      fc.property(own, fc.string(), (given, MessageBody) => {
        const MessageAttributes = Object.freeze(given)
        const message: SentMessage = Object.freeze({ QueueUrl: undefined, MessageBody, MessageAttributes })
        const sent = sentThrough(recorder, sendingCarrier([message]), message, () => sentFacts(message, {}))
        expect(sent.MessageAttributes).toMatchObject(given)
        expect(Object.keys(sent.MessageAttributes ?? {}).length).toBeLessThanOrEqual(10)
      }),
    )
  })
})
