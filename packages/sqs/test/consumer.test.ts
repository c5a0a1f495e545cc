import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type Message,
  type SendMessageRequest,
} from '@aws-sdk/client-sqs'
import { context, SpanKind, trace } from '@opentelemetry/api'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import * as names from '@flowstitch/core/semconv'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { instrumentSqs, processSqs, type SqsMessage } from '../src/index.ts'
import { connect, createQueue } from './support.ts'

const TRACE = '5759e988bd862e3fe1be46a994272793'
const PARENT = '53995c3f42cd8ad8'
const TRACEPARENT = `00-${TRACE}-${PARENT}-01`
const bare = connect()
const client = instrumentSqs(connect())
const nothing = (): undefined => undefined

let recorder: SpanRecorder
beforeEach(() => {
  recorder = recordSpans()
})
afterEach(() => recorder.shutdown())
afterAll(() => {
  client.destroy()
  bare.destroy()
})

function nameOf(queueUrl: string): string {
  return queueUrl.slice(queueUrl.lastIndexOf('/') + 1)
}

function span(name: string): ReadableSpan {
  const found = recorder.spans.find((other) => other.name === name)
  if (!found) throw new Error(`no span ${name} in ${recorder.spans.map((other) => other.name).join(', ')}`)
  return found
}

async function send(QueueUrl: string, input: Partial<SendMessageRequest> = {}): Promise<ReadableSpan> {
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', ...input }))
  return recorder.spans.at(-1) as ReadableSpan
}

async function receive(QueueUrl: string, from = client): Promise<Message> {
  for (;;) {
    const { Messages } = await from.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }))
    if (Messages?.[0]) return Messages[0]
  }
}

function creations({ links }: ReadableSpan): string[] {
  return links.map((link) => link.context.spanId)
}

describe('a receive', () => {
  it('is a client span with a link to each message, which tells where and how many', async () => {
    const QueueUrl = await createQueue(bare)
    const sent = [await send(QueueUrl), await send(QueueUrl)]
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5 }),
    )
    const received = span(`receive ${nameOf(QueueUrl)}`)
    const { hostname, port } = new URL(QueueUrl)
    expect(Messages).toHaveLength(2)
    expect(received.kind).toBe(SpanKind.CLIENT)
    expect(creations(received).toSorted()).toEqual(sent.map((s) => s.spanContext().spanId).toSorted())
    expect(received.attributes).toMatchObject({
      [names.MESSAGING_OPERATION_NAME]: 'receive',
      [names.MESSAGING_DESTINATION_NAME]: nameOf(QueueUrl),
      [names.MESSAGING_BATCH_MESSAGE_COUNT]: 2,
      [names.AWS_SQS_QUEUE_URL]: QueueUrl,
      [names.SERVER_ADDRESS]: hostname,
      [names.SERVER_PORT]: Number(port),
    })
    const linked = received.links.map((link) => link.attributes?.[names.MESSAGING_MESSAGE_ID])
    expect(new Set(linked)).toEqual(new Set(Messages.map(({ MessageId }) => MessageId)))
  })

  it('makes no span when it brings nothing', async () => {
    const QueueUrl = await createQueue(bare)
    const answer = await client.send(new ReceiveMessageCommand({ QueueUrl }))
    expect(answer.Messages ?? []).toHaveLength(0)
    expect(recorder.spans).toHaveLength(0)
  })
})

describe('processSqs', () => {
  it('tells what the broker knows of the message', async () => {
    const QueueUrl = await createQueue(bare)
    const before = Date.now()
    const sent = await send(QueueUrl)
    const message = await receive(QueueUrl)
    expect(processSqs(message, ({ Body }) => Body)).toBe('x')
    const processed = span(`process ${nameOf(QueueUrl)}`)
    expect(processed.attributes).toMatchObject({
      [names.MESSAGING_MESSAGE_ID]: message.MessageId,
      [names.FLOWSTITCH_MESSAGE_ATTEMPT]: 1,
      [names.FLOWSTITCH_RELATION]: 'parent',
      [names.AWS_SQS_QUEUE_URL]: QueueUrl,
    })
    expect(sent.attributes[names.MESSAGING_MESSAGE_ID]).toBe(message.MessageId)
    expect(processed.attributes[names.FLOWSTITCH_MESSAGE_BROKER_TIME]).toBeGreaterThanOrEqual(before)
  })

  it('handles several in turn, each in its own context, and stops at the first that fails', async () => {
    const QueueUrl = await createQueue(bare)
    const messages: Message[] = []
    for (const MessageBody of ['a', 'b', 'c']) {
      await send(QueueUrl, { MessageBody })
      messages.push(await receive(QueueUrl))
    }
    const flows: (string | undefined)[] = []
    const handling = processSqs(messages, async ({ Body }) => {
      await Promise.resolve()
      flows.push(trace.getSpanContext(context.active())?.traceId)
      if (Body === 'b') throw new RangeError('no')
    })
    await expect(handling).rejects.toThrow(RangeError)
    const processed = recorder.spans.filter(({ name }) => name.startsWith('process'))
    expect(processed.map(({ attributes }) => attributes[names.ERROR_TYPE])).toEqual([undefined, 'RangeError'])
    expect(flows).toEqual(processed.map((each) => each.spanContext().traceId))
    expect(new Set(flows).size).toBe(2)
  })

  it('takes the messages of an empty receive', async () => {
    await expect(processSqs(undefined, nothing)).resolves.toBeUndefined()
    await expect(processSqs([], nothing)).resolves.toBeUndefined()
  })

  it('links a redelivery, and a message out of the dead-letter queue, from a trace of its own', async () => {
    const dead = await createQueue(bare)
    const { Attributes } = await bare.send(
      new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ['QueueArn'] }),
    )
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: 2 })
    const QueueUrl = await createQueue(bare, { VisibilityTimeout: '0', RedrivePolicy })
    const sent = (await send(QueueUrl)).spanContext().spanId
    processSqs(await receive(QueueUrl), nothing)
    processSqs(await receive(QueueUrl), nothing)
    await client.send(new ReceiveMessageCommand({ QueueUrl }))
    processSqs(await receive(dead), nothing)
    const processed = recorder.spans.filter(({ name }) => name.startsWith('process'))
    expect(processed.map(({ attributes }) => attributes[names.FLOWSTITCH_RELATION_REASON])).toEqual([
      'single',
      'redelivery',
      'dead-letter',
    ])
    const [, second, last] = processed
    expect(second?.attributes[names.FLOWSTITCH_MESSAGE_ATTEMPT]).toBe(2)
    expect(second?.parentSpanContext).toBeUndefined()
    expect(last?.attributes[names.FLOWSTITCH_DEAD_LETTER_SOURCE]).toBe(nameOf(QueueUrl))
    for (const each of processed) expect(creations(each)).toContain(sent)
  })

  it('finds the context of a message of which its user made a copy', async () => {
    const QueueUrl = await createQueue(bare)
    const sent = await send(QueueUrl)
    processSqs({ ...(await receive(QueueUrl)) }, nothing)
    expect(creations(span(`process ${nameOf(QueueUrl)}`))).toEqual([sent.spanContext().spanId])
  })

  it('takes messages that no instrumented client has received', async () => {
    const QueueUrl = await createQueue(bare)
    await send(QueueUrl)
    processSqs(await receive(QueueUrl, bare), nothing, { queueUrl: QueueUrl })
    expect(span(`process ${nameOf(QueueUrl)}`).attributes[names.FLOWSTITCH_RELATION_REASON]).toBe(
      'no-context',
    )
    processSqs({ Body: 'x' }, nothing)
    expect(recorder.spans.at(-1)?.name).toBe('process')
  })

  it('handles messages where there is no SDK', async () => {
    await recorder.shutdown()
    await expect(processSqs([{ Body: 'x' }], nothing)).resolves.toBeUndefined()
    expect(processSqs({ Body: 'x' }, ({ Body }) => Body)).toBe('x')
  })

  const envelope = JSON.stringify({
    Type: 'Notification',
    Message: 'm',
    MessageAttributes: { traceparent: { Type: 'String', Value: TRACEPARENT } },
  })
  it.each<[string, SqsMessage]>([
    ['a Lambda record', { messageAttributes: { traceparent: { stringValue: TRACEPARENT } } }],
    ['an envelope of SNS', { Body: envelope }],
  ])('reads the context of %s', (_, message) => {
    processSqs(message, nothing)
    expect(recorder.spans[0]?.parentSpanContext).toMatchObject({ traceId: TRACE, spanId: PARENT })
  })

  it('reads the rest of a Lambda record', () => {
    const record: SqsMessage = {
      messageId: 'm1',
      eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:orders',
      attributes: { ApproximateReceiveCount: '3', SentTimestamp: '1700000000000' },
    }
    processSqs(record, nothing)
    expect(recorder.spans[0]?.name).toBe('process orders')
    expect(recorder.spans[0]?.attributes).toMatchObject({
      [names.MESSAGING_MESSAGE_ID]: 'm1',
      [names.FLOWSTITCH_MESSAGE_ATTEMPT]: 3,
      [names.FLOWSTITCH_MESSAGE_BROKER_TIME]: 1_700_000_000_000,
    })
  })

  it.each<[string, SqsMessage]>([
    ['attributes that are none', { MessageAttributes: { traceparent: null, tracestate: 7, baggage: 'x' } }],
    ['system attributes that are none', { Attributes: { AWSTraceHeader: 7, SentTimestamp: {} } }],
    ['hostile times and counts', { Attributes: { ApproximateReceiveCount: '-1', SentTimestamp: '1e999' } }],
    ['nothing', {}],
  ])('finds no context in %s, and handles the message', (_, message) => {
    expect(processSqs(message, () => 'handled')).toBe('handled')
    expect(recorder.spans[0]?.links).toEqual([])
    expect(recorder.spans[0]?.attributes[names.FLOWSTITCH_RELATION_REASON]).toBe('no-context')
  })

  it('leaves ignored queues alone', async () => {
    const QueueUrl = await createQueue(bare)
    const ignoring = instrumentSqs(connect(), { ignore: (queue) => queue === nameOf(QueueUrl) })
    await ignoring.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
    const message = await receive(QueueUrl, ignoring)
    await ignoring.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }))
    expect(recorder.spans).toHaveLength(0)
    ignoring.destroy()
  })
})
