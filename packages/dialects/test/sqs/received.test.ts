import { creationContext } from '@flowstitch/core'
import {
  nameInArn,
  queueEndpoint,
  queueName,
  receivedCarrier,
  receivedFacts,
  rememberHidden,
  snsCarrier,
  snsFacts,
  type SqsMessage,
} from '@flowstitch/dialects/sqs'
import { describe, expect, it } from 'vitest'

const TRACE = '5759e988bd862e3fe1be46a994272793'
const PARENT = '53995c3f42cd8ad8'
const TRACEPARENT = `00-${TRACE}-${PARENT}-01`
const DATADOG = {
  'x-datadog-trace-id': BigInt(`0x${TRACE.slice(16)}`).toString(),
  'x-datadog-parent-id': BigInt(`0x${PARENT}`).toString(),
  'x-datadog-sampling-priority': '1',
  'x-datadog-tags': `_dd.p.tid=${TRACE.slice(0, 16)}`,
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

function envelope(MessageAttributes: unknown, Message = 'm'): string {
  return JSON.stringify({ Type: 'Notification', Message, MessageAttributes })
}

function event(detail: unknown): string {
  return JSON.stringify({ version: '0', id: '1', 'detail-type': 'order placed', source: 'shop', detail })
}

const traceHeader = `Root=1-${TRACE.slice(0, 8)}-${TRACE.slice(8)};Parent=${PARENT};Sampled=1`
const text = { Type: 'String', Value: TRACEPARENT }
const binary = { Type: 'Binary', Value: base64(TRACEPARENT) }
const datadog = { Type: 'Binary', Value: base64(JSON.stringify(DATADOG)) }

describe('the context of a message of SQS', () => {
  it.each<[string, SqsMessage]>([
    ['an attribute', { MessageAttributes: { traceparent: { StringValue: TRACEPARENT } } }],
    ['a binary attribute', { MessageAttributes: { traceparent: { BinaryValue: Buffer.from(TRACEPARENT) } } }],
    [
      "a Lambda record's attribute",
      { messageAttributes: { traceparent: { stringValue: TRACEPARENT, dataType: 'String' } } },
    ],
    [
      "a Lambda record's binary attribute",
      { messageAttributes: { traceparent: { binaryValue: base64(TRACEPARENT), dataType: 'Binary' } } },
    ],
    ["X-Ray's header", { Attributes: { AWSTraceHeader: traceHeader } }],
    ["a Lambda record's X-Ray header", { attributes: { AWSTraceHeader: traceHeader } }],
    ["Datadog's attribute", { MessageAttributes: { _datadog: { StringValue: JSON.stringify(DATADOG) } } }],
    [
      "Datadog's attribute in a Lambda record",
      { messageAttributes: { _datadog: { binaryValue: base64(JSON.stringify(DATADOG)) } } },
    ],
    ['an envelope of SNS', { Body: envelope({ traceparent: text }) }],
    ['a binary attribute in an envelope', { Body: envelope({ traceparent: binary }) }],
    ["Datadog's attribute in an envelope", { Body: envelope({ _datadog: datadog }) }],
    [
      'an envelope in a Lambda record',
      { body: envelope({ traceparent: text }), messageAttributes: {}, attributes: {} },
    ],
    ['an event of EventBridge', { Body: event({ order: 4711, traceparent: TRACEPARENT }) }],
    ['an event that Datadog has made', { body: event({ _datadog: DATADOG }), messageAttributes: {} }],
    ['an event in an envelope', { Body: envelope({}, event({ traceparent: TRACEPARENT })) }],
  ])('is read from %s', (_, message) => {
    expect(creationContext(receivedCarrier, message)).toMatchObject({ traceId: TRACE, spanId: PARENT })
    expect(receivedCarrier.names(message).length).toBeGreaterThan(0)
  })

  it.each<[string, SqsMessage]>([
    ['a body like an envelope', { Body: '{"Type":"Notification","Message":"m","MessageAttributes":' }],
    ['an envelope with null attributes', { Body: envelope(null) }],
    ['a body of another type', { Body: envelope({ traceparent: text }).replace('Notification', 'Other') }],
    [
      'an envelope beside attributes',
      { Body: envelope({ traceparent: text }), MessageAttributes: { tenant: { StringValue: 'blue' } } },
    ],
    ['an enormous body', { Body: envelope({ traceparent: text }).padEnd(600 * 1024) }],
    ['an event without detail', { Body: event(null) }],
    ['an event with garbage in it', { Body: event({ traceparent: 7, _datadog: 'x' }) }],
    ['attributes that are none', { MessageAttributes: { traceparent: null, tracestate: 7, baggage: 'x' } }],
    ['system attributes that are none', { Attributes: { AWSTraceHeader: 7, SentTimestamp: {} } }],
    ['nothing', {}],
  ])('is not found in %s', (_, message) => {
    expect(creationContext(receivedCarrier, message)).toBeUndefined()
  })

  it('is read from what was taken out of the message', () => {
    const message: SqsMessage = Object.freeze({ Body: envelope({ traceparent: binary }) })
    const other = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    rememberHidden(message, {
      attributes: { traceparent: { StringValue: other } },
      systemAttributes: { ApproximateReceiveCount: '2' },
    })
    expect(creationContext(receivedCarrier, message)?.traceId).toBe('a'.repeat(32))
    expect(receivedCarrier.names(message)).toEqual(['traceparent'])
    expect(receivedFacts(message, {}).attempt).toBe(2)
  })
})

describe('the facts of a message of SQS', () => {
  const attributes = {
    ApproximateReceiveCount: '1',
    SentTimestamp: '1700000000000',
    ApproximateFirstReceiveTimestamp: '1700000001000',
    DeadLetterQueueSourceArn: 'arn:aws:sqs:us-east-1:123456789012:orders',
  }
  const facts = {
    id: 'm1',
    attempt: 1,
    brokerTimeMs: 1_700_000_000_000,
    deliveryTimeMs: 1_700_000_001_000,
    deadLetter: { source: 'orders' },
    bodySize: 3,
  }

  it.each<[string, SqsMessage]>([
    ['a receive', { MessageId: 'm1', Body: 'é!', Attributes: attributes }],
    ['a Lambda event', { messageId: 'm1', body: 'é!', attributes }],
  ])('are the same from %s', (_, message) => {
    expect(receivedFacts(message, { captureBodySize: true })).toEqual(facts)
    expect(receivedFacts(message, {})).not.toHaveProperty('bodySize')
  })

  it('tell of the delivery only where it is the first', () => {
    const second = { Attributes: { ...attributes, ApproximateReceiveCount: '2' } }
    expect(receivedFacts(second, {})).toMatchObject({ attempt: 2, deliveryTimeMs: undefined })
  })

  it('are none where times and counts are garbage', () => {
    const garbage = { Attributes: { ApproximateReceiveCount: '-1', SentTimestamp: '1e999' } }
    expect(receivedFacts(garbage, {})).toEqual({ id: undefined })
  })
})

describe('a record of SNS', () => {
  it.each([
    ['an attribute', { MessageAttributes: { traceparent: text } }],
    ['a binary attribute', { MessageAttributes: { traceparent: binary } }],
    ["Datadog's attribute", { MessageAttributes: { _datadog: datadog } }],
    ['an event of EventBridge', { MessageAttributes: {}, Message: event({ traceparent: TRACEPARENT }) }],
  ])('has its context in %s', (_, Sns) => {
    expect(creationContext(snsCarrier, { Sns })).toMatchObject({ traceId: TRACE, spanId: PARENT })
  })

  it('tells its id, its time and its size', () => {
    const Sns = { MessageId: 's1', Timestamp: '2026-11-23T10:00:00.000Z', Message: 'm' }
    const brokerTimeMs = Date.UTC(2026, 10, 23, 10)
    expect(snsFacts({ Sns }, { captureBodySize: true })).toEqual({ id: 's1', brokerTimeMs, bodySize: 1 })
    expect(snsFacts({ Sns: { Timestamp: 'yesterday' } }, {}).brokerTimeMs).toBeUndefined()
  })
})

describe('a name', () => {
  it.each([
    [queueName('https://sqs.us-east-1.amazonaws.com/123456789012/orders'), 'orders'],
    [queueName('http://localhost:9324/0/orders.fifo/'), 'orders.fifo'],
    [queueName(7), undefined],
    [nameInArn('arn:aws:sqs:us-east-1:123456789012:orders'), 'orders'],
    [nameInArn('arn:aws:sns:us-east-1:123456789012:placed.fifo'), 'placed.fifo'],
    [nameInArn(''), undefined],
    [nameInArn(undefined), undefined],
  ])('is the last part: %j', (name, expected) => expect(name).toBe(expected))

  it('of a queue in a URL comes with the server that it is on', () => {
    const local = 'http://localhost:9324/0/orders'
    expect(queueEndpoint(local)).toEqual({
      queueUrl: local,
      serverAddress: 'localhost',
      serverPort: 9324,
    })
    expect(queueEndpoint('https://sqs.eu-west-1.amazonaws.com/1/orders').serverPort).toBe(443)
    expect(queueEndpoint('orders')).toEqual({ queueUrl: 'orders' })
  })
})
