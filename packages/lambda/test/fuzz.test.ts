import { anything, contextValue, hold, PATIENCE, recordAll, table } from '@flowstitch/fuzz'
import type { SpanRecorder } from '@flowstitch/testing'
import { SpanKind } from '@opentelemetry/api'
import fc, { type Arbitrary } from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { wrapHandler } from '../src/index.ts'
import { lambdaContext } from './support.ts'

/** An object of these, or of anything in their places, or of some of them. */
function sometimes(shape: Record<string, Arbitrary<unknown>>): Arbitrary<unknown> {
  const parts = Object.entries(shape).map(([name, value]) => [
    name,
    fc.oneof({ weight: 4, arbitrary: value }, { weight: 1, arbitrary: anything }),
  ])
  const record = fc.record(Object.fromEntries(parts) as Record<string, Arbitrary<unknown>>, {
    requiredKeys: [],
  })
  return fc.oneof({ weight: 6, arbitrary: record }, { weight: 1, arbitrary: anything })
}

const arn = fc.constantFrom(
  'arn:aws:sqs:eu-west-1:1:orders',
  'arn:aws:sqs:eu-west-1:1:orders.fifo',
  'arn:aws:kinesis:eu-west-1:1:stream/orders',
  'arn:aws:dynamodb:eu-west-1:1:table/orders/stream/1',
)
const payload = fc.oneof(
  sometimes({
    trace_context: table(contextValue),
    _datadog: table(contextValue),
    traceparent: contextValue,
  }),
  fc.jsonValue(),
)
const json = payload.map((value) => {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return '{'
  }
})
const base64 = json.map((text) => Buffer.from(text).toString('base64'))
const bytes = contextValue.map((text) => [...Buffer.from(text)])

const sqsRecord = sometimes({
  messageId: fc.uuid(),
  body: json,
  attributes: sometimes({ ApproximateReceiveCount: fc.nat().map(String), MessageGroupId: fc.string() }),
  messageAttributes: table(fc.record({ stringValue: contextValue })),
  eventSource: fc.constant('aws:sqs'),
  eventSourceARN: arn,
})
const snsRecord = sometimes({
  EventSource: fc.constant('aws:sns'),
  Sns: sometimes({
    TopicArn: arn,
    Timestamp: fc.date().map(String),
    Message: json,
    MessageAttributes: table(fc.record({ Type: fc.constantFrom('String', 'Binary'), Value: contextValue })),
  }),
})
const kafkaRecord = sometimes({
  topic: fc.string(),
  partition: fc.integer(),
  offset: fc.integer(),
  timestamp: fc.double(),
  key: base64,
  value: base64,
  headers: fc.array(table(bytes)),
})
const rabbitRecord = sometimes({
  basicProperties: sometimes({ headers: table(bytes.map((list) => ({ bytes: list }))) }),
  redelivered: fc.boolean(),
  data: base64,
})
const kinesisRecord = sometimes({
  eventID: fc.string(),
  eventSource: fc.constant('aws:kinesis'),
  eventSourceARN: arn,
  kinesis: sometimes({
    sequenceNumber: fc.string(),
    data: base64,
    approximateArrivalTimestamp: fc.double(),
  }),
})
const dynamoRecord = sometimes({
  eventSource: fc.constant('aws:dynamodb'),
  eventSourceARN: arn,
  dynamodb: sometimes({
    SequenceNumber: fc.string(),
    ApproximateCreationDateTime: fc.double(),
    NewImage: sometimes({
      trace_context: fc.oneof(
        sometimes({ S: fc.oneof(json, contextValue) }),
        sometimes({ M: table(fc.record({ S: contextValue })) }),
      ),
    }),
  }),
})
const bridgeEvent = sometimes({
  'detail-type': fc.string(),
  source: fc.string(),
  time: fc.date().map(String),
  detail: payload,
})

const listOf = (record: Arbitrary<unknown>): Arbitrary<unknown> =>
  fc.oneof(sometimes({ Records: fc.array(record, { maxLength: 4 }) }), fc.array(record, { maxLength: 4 }))
const groupsOf = (name: string, eventSource: string, record: Arbitrary<unknown>): Arbitrary<unknown> => {
  const groups = fc.dictionary(fc.string(), fc.array(record, { maxLength: 3 }), { maxKeys: 3 })
  return sometimes({ eventSource: fc.constant(eventSource), [name]: groups })
}

type Wrapper = (
  handler: (record: unknown) => unknown,
  options?: object,
) => (event: unknown, context: unknown) => Promise<unknown>

const sources = Object.entries({
  sqs: listOf(sqsRecord),
  sns: listOf(snsRecord),
  kafka: groupsOf('records', 'aws:kafka', kafkaRecord),
  rabbitmq: groupsOf('rmqMessagesByQueue', 'aws:rmq', rabbitRecord),
  eventBridge: bridgeEvent,
  kinesis: listOf(kinesisRecord),
  dynamodb: listOf(dynamoRecord),
}).map(([name, event]) => ({ name: name as Exclude<keyof typeof wrapHandler, 'auto'>, event }))

/** What went wrong other than for want of records. */
async function failureOf(answer: Promise<unknown>): Promise<unknown> {
  try {
    await answer
    return undefined
  } catch (error) {
    return (error as Error).message.startsWith('the event has no records of ') ? undefined : error
  }
}

describe.each(sources)('an event for $name, whatever is in it,', ({ name, event: events }) => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordAll()
  })
  afterEach(() => recorder.shutdown())

  it('has its records handled, each in a span', { timeout: PATIENCE }, () => {
    const wrap = wrapHandler[name] as unknown as Wrapper
    return hold(
      fc.asyncProperty(events, fc.boolean(), async (event, partialFailures) => {
        recorder.clear()
        const { open } = recorder
        let handled = 0
        const handler = wrap(() => void handled++, { partialFailures, captureBodySize: true })
        expect(await failureOf(handler(event, lambdaContext()))).toBeUndefined()
        expect(recorder.open).toBe(open)
        const consumers = recorder.spans.filter(({ kind }) => kind === SpanKind.CONSUMER)
        expect(consumers).toHaveLength(handled)
      }),
    )
  })

  it('has records that may fail', { timeout: PATIENCE }, () => {
    const wrap = wrapHandler[name] as unknown as Wrapper
    const error = new Error('no')
    return hold(
      fc.asyncProperty(events, async (event) => {
        const { open } = recorder
        const options = { partialFailures: true, onFailure: () => {} }
        const failing = wrap(() => Promise.reject(error), options)
        expect([undefined, error]).toContain(await failureOf(failing(event, lambdaContext())))
        expect(recorder.open).toBe(open)
      }),
    )
  })

  it('is handled as a whole', { timeout: PATIENCE }, () =>
    hold(
      fc.asyncProperty(events, async (event) => {
        const { open } = recorder
        const handler = wrapHandler.auto((given: unknown) => ({ given }))
        expect((await handler(event, lambdaContext())).given).toBe(event)
        expect(recorder.open).toBe(open)
      }),
    ),
  )
})
