import { captureContext } from '@flowstitch/core'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import { context, ROOT_CONTEXT, SpanKind, trace, type Span } from '@opentelemetry/api'
import type { DynamoDBStreamEvent, EventBridgeEvent, KinesisStreamEvent, SNSEvent } from 'aws-lambda'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { wrapHandler } from '../src/index.ts'
import { sqsEvent, sqsRecord } from './events.ts'
import { lambdaContext, linkedBy, only } from './support.ts'

let recorder: SpanRecorder
let request: Span
let captured: Readonly<Record<string, string>>
beforeEach(() => {
  recorder = recordSpans()
  request = trace.getTracer('test').startSpan('request')
  captured = context.with(trace.setSpan(ROOT_CONTEXT, request), captureContext)
  request.end()
})
afterEach(() => recorder.shutdown())

const requestId = (): string => request.spanContext().spanId
const handlingOf = (name: string) => only(recorder.spans, (span) => span.name === name)

function eventOf(detail: object): EventBridgeEvent<'OrderPlaced', object> {
  return {
    version: '0',
    id: 'event-1',
    'detail-type': 'OrderPlaced',
    source: 'shop.orders',
    account: '123456789012',
    time: new Date(Date.now() - 5000).toISOString(),
    region: 'eu-west-1',
    resources: [],
    detail,
  }
}

function kinesisEvent(...payloads: object[]): KinesisStreamEvent {
  const stream = 'arn:aws:kinesis:eu-west-1:123456789012:stream/orders'
  return {
    Records: payloads.map((payload, n) => ({
      awsRegion: 'eu-west-1',
      eventID: `shardId-000000000003:${n}`,
      eventName: 'aws:kinesis:record',
      eventSource: 'aws:kinesis',
      eventSourceARN: stream,
      eventVersion: '1.0',
      invokeIdentityArn: 'role',
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey: 'k',
        sequenceNumber: String(n),
        approximateArrivalTimestamp: (Date.now() - 2000) / 1000,
        data: Buffer.from(JSON.stringify(payload)).toString('base64'),
      },
    })),
  }
}

function dynamoEvent(...images: object[]): DynamoDBStreamEvent {
  return {
    Records: images.map((NewImage, n) => ({
      eventID: String(n),
      eventName: 'INSERT',
      eventSource: 'aws:dynamodb',
      eventSourceARN: 'arn:aws:dynamodb:eu-west-1:123456789012:table/outbox/stream/2026-01-01T00:00:00.000',
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(Date.now() / 1000),
        NewImage: NewImage as never,
        SequenceNumber: `seq-${n}`,
      },
    })),
  }
}

describe('a handler of messages of SNS', () => {
  const snsEvent = (MessageAttributes: SNSEvent['Records'][0]['Sns']['MessageAttributes']): SNSEvent => ({
    Records: [
      {
        EventVersion: '1.0',
        EventSource: 'aws:sns',
        EventSubscriptionArn: 'arn:aws:sns:eu-west-1:123456789012:orders:uuid',
        Sns: {
          SignatureVersion: '1',
          Timestamp: new Date(Date.now() - 3000).toISOString(),
          Signature: '',
          SigningCertUrl: '',
          MessageId: 'sns-1',
          Message: 'hello',
          MessageAttributes,
          Type: 'Notification',
          UnsubscribeUrl: '',
          TopicArn: 'arn:aws:sns:eu-west-1:123456789012:orders',
          Subject: 'order',
        },
      },
    ],
  })

  it('reads the attributes, and answers for the only message', async () => {
    const attributes = Object.entries(captured).map(([name, Value]) => [name, { Type: 'String', Value }])
    const event = snsEvent(Object.fromEntries(attributes) as never)
    const handler = wrapHandler.sns(async ({ Sns }) => `got ${Sns.Message}`)
    expect(await handler(event, lambdaContext())).toBe('got hello')
    const handling = handlingOf('process orders')
    expect(handling.parentSpanContext?.spanId).toBe(requestId())
    expect(handling.attributes).toMatchObject({
      'messaging.system.name': 'aws.sns',
      'messaging.message.id': 'sns-1',
    })
    expect(handling.attributes['flowstitch.message.dwell']).toBeGreaterThanOrEqual(3000)
  })
})

describe('a handler of events of EventBridge', () => {
  it.each([
    ['below a name', (headers: object) => ({ order: 1, trace_context: headers })],
    ['below that of Datadog', (headers: object) => ({ order: 1, _datadog: headers })],
    ['among what else there is', (headers: object) => ({ order: 1, ...headers })],
  ])('reads what the detail has %s', async (_, detail) => {
    const event = eventOf(detail(captured))
    const handler = wrapHandler.eventBridge((given) => given)
    expect(await handler(event, lambdaContext())).toBe(event)
    const handling = handlingOf('process shop.orders')
    expect(linkedBy(handling)).toEqual([requestId()])
    expect(handling.attributes['messaging.system.name']).toBe('aws.eventbridge')
  })

  it('has the name of that where the user has one', async () => {
    const handler = wrapHandler.eventBridge(() => {}, { contextKey: 'trace' })
    await handler(eventOf({ trace: captured }), lambdaContext())
    expect(linkedBy(handlingOf('process shop.orders'))).toEqual([requestId()])
  })
})

describe('a handler of records of Kinesis', () => {
  it('reads the payload', async () => {
    const handler = wrapHandler.kinesis(() => {})
    await handler(kinesisEvent({ trace_context: captured }), lambdaContext())
    const handling = handlingOf('process orders')
    expect(linkedBy(handling)).toEqual([requestId()])
    expect(handling.attributes).toMatchObject({
      'messaging.system.name': 'aws.kinesis',
      'messaging.destination.partition.id': 'shardId-000000000003',
      'messaging.message.id': '0',
    })
    expect(handling.attributes['flowstitch.message.dwell']).toBeGreaterThanOrEqual(2000)
  })

  it('reports the first that failed, and does not begin those behind it', async () => {
    const handled: string[] = []
    const handler = wrapHandler.kinesis(
      ({ kinesis: { sequenceNumber } }) => {
        if (sequenceNumber === '1') throw new Error('no')
        handled.push(sequenceNumber)
      },
      { partialFailures: true, concurrency: 3, onFailure: () => {} },
    )
    expect(await handler(kinesisEvent({}, {}, {}), lambdaContext())).toEqual({
      batchItemFailures: [{ itemIdentifier: '1' }],
    })
    expect(handled).toEqual(['0'])
  })
})

describe('a handler of changes in DynamoDB', () => {
  it.each([
    ['a map', () => ({ M: Object.fromEntries(Object.entries(captured).map(([name, S]) => [name, { S }])) })],
    ['JSON', () => ({ S: JSON.stringify(captured) })],
    ['a traceparent', () => ({ S: captured['traceparent'] })],
  ])('reads a column with %s', async (_, column) => {
    const handler = wrapHandler.dynamodb(() => {})
    await handler(dynamoEvent({ id: { N: '1' }, trace_context: column() }), lambdaContext())
    const handling = handlingOf('process outbox')
    expect(linkedBy(handling)).toEqual([requestId()])
    expect(handling.attributes['messaging.system.name']).toBe('aws.dynamodb')
    const invocation = only(recorder.spans, ({ kind }) => kind === SpanKind.SERVER)
    expect(invocation.attributes['faas.trigger']).toBe('datasource')
  })

  it('reports the first that failed', async () => {
    const handler = wrapHandler.dynamodb(
      ({ eventID }) => {
        if (eventID !== '0') throw new Error('no')
      },
      { partialFailures: true, onFailure: () => {} },
    )
    const answer = await handler(dynamoEvent({}, {}, {}), lambdaContext())
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'seq-1' }] })
  })
})

describe('a handler of messages of SQS', () => {
  it.each([
    ['EventBridge', () => JSON.stringify(eventOf({ trace_context: captured }))],
    [
      'SNS',
      () =>
        JSON.stringify({
          Type: 'Notification',
          Message: 'hello',
          MessageAttributes: { traceparent: { Type: 'String', Value: captured['traceparent'] } },
        }),
    ],
  ])('finds the context that came through %s', async (_, body) => {
    await wrapHandler.sqs(() => {})({ Records: [sqsRecord(body())] }, lambdaContext())
    expect(linkedBy(handlingOf('process orders'))).toEqual([requestId()])
  })
})

describe('a handler of whole events', () => {
  const isInvocation = ({ kind }: { kind: SpanKind }): boolean => kind === SpanKind.SERVER

  it('has an invocation that links to all that the records name', async () => {
    const event = sqsEvent('a', 'b')
    for (const { messageAttributes } of event.Records) {
      messageAttributes['traceparent'] = {
        dataType: 'String',
        stringValue: captured['traceparent'],
        stringListValues: [],
        binaryListValues: [],
      }
    }
    const handler = wrapHandler.auto(async (given, { functionName }) => [given, functionName])
    expect(await handler(event, lambdaContext())).toEqual([event, 'ship-orders'])
    const invocation = only(recorder.spans, isInvocation)
    expect(linkedBy(invocation)).toEqual([requestId(), requestId()])
    expect(invocation.links[0]?.attributes).toMatchObject({
      'messaging.message.id': event.Records[0]?.messageId,
      'messaging.destination.name': 'orders',
    })
    expect(recorder.spans).toHaveLength(2)
  })

  it.each([
    ['EventBridge', () => eventOf({ trace_context: captured }), 'pubsub'],
    ['Kinesis', () => kinesisEvent({ trace_context: captured }), 'pubsub'],
    ['a pipe from Kinesis', () => kinesisEvent({ trace_context: captured }).Records, 'pubsub'],
    ['DynamoDB', () => dynamoEvent({ trace_context: { S: captured['traceparent'] } }), 'datasource'],
  ])('knows events of %s', async (_, event, trigger) => {
    await wrapHandler.auto(() => {})(event(), lambdaContext())
    const invocation = only(recorder.spans, isInvocation)
    expect(linkedBy(invocation)).toEqual([requestId()])
    expect(invocation.attributes['faas.trigger']).toBe(trigger)
  })

  it('is traced whatever has caused it', async () => {
    const handler = wrapHandler.auto(() => Promise.reject(new Error('no')))
    await expect(handler({ rawPath: '/' }, lambdaContext())).rejects.toThrow('no')
    const invocation = only(recorder.spans, isInvocation)
    expect(invocation.attributes).toMatchObject({ 'faas.trigger': 'other', 'error.type': 'Error' })
  })

  it('links from the span of another instrumentation, too', async () => {
    const active = trace.getTracer('other').startSpan('theirs', { kind: SpanKind.SERVER })
    const event = eventOf({ trace_context: captured })
    const handler = wrapHandler.auto(() => {})
    await context.with(trace.setSpan(ROOT_CONTEXT, active), () => handler(event, lambdaContext()))
    active.end()
    expect(linkedBy(only(recorder.spans, ({ name }) => name === 'theirs'))).toEqual([requestId()])
  })

  it('leaves out what the user wants left alone', async () => {
    const handler = wrapHandler.auto(() => {}, { ignore: (name) => name === 'shop.orders' })
    await handler(eventOf({ trace_context: captured }), lambdaContext())
    expect(only(recorder.spans, isInvocation).links).toEqual([])
  })
})
