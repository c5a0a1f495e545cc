import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type Message,
} from '@aws-sdk/client-sqs'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import * as names from '@flowstitch/core/semconv'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { deliveryOfReceipt, remember, rememberedReceipts, type Delivery } from '../src/delivery.ts'
import { instrumentSqs, processSqs } from '../src/index.ts'
import { defaultKernel } from '../src/kernel.ts'
import { connect, createQueue } from './support.ts'

const bare = connect()
const client = instrumentSqs(connect())
afterAll(() => {
  client.destroy()
  bare.destroy()
})

function linked({ links }: ReadableSpan): string[] {
  return links.map((link) => link.context.spanId)
}

describe('a settlement', () => {
  let recorder: SpanRecorder
  let QueueUrl: string
  let queue: string
  beforeAll(async () => {
    QueueUrl = await createQueue(bare)
    queue = QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1)
  })
  beforeEach(() => {
    recorder = recordSpans()
  })
  afterEach(() => recorder.shutdown())

  function span(name: string): ReadableSpan {
    const found = recorder.spans.find((other) => other.name === `${name} ${queue}`)
    if (!found) throw new Error(`no span ${name} in ${recorder.spans.map((other) => other.name).join(', ')}`)
    return found
  }

  async function delivered(): Promise<Message> {
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
    const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }))
    return Messages?.[0] as Message
  }

  it('belongs to the handling of its message, also when that is over', async () => {
    const { ReceiptHandle, ...message } = await delivered()
    processSqs({ ReceiptHandle, ...message }, () => undefined)
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    const deletion = span('delete')
    expect(deletion.kind).toBe(SpanKind.CLIENT)
    expect(deletion.parentSpanContext?.spanId).toBe(span('process').spanContext().spanId)
    expect(linked(deletion)).toEqual([span('send').spanContext().spanId])
    expect(deletion.attributes).toMatchObject({
      [names.MESSAGING_OPERATION_TYPE]: 'settle',
      [names.MESSAGING_MESSAGE_ID]: message.MessageId,
      [names.AWS_SQS_QUEUE_URL]: QueueUrl,
    })
    expect(deletion.attributes).not.toHaveProperty(names.MESSAGING_BATCH_MESSAGE_COUNT)
  })

  it('is noted on a handling that still runs', async () => {
    const message = await delivered()
    await processSqs(message, async ({ ReceiptHandle }) => {
      const change = { QueueUrl, ReceiptHandle, VisibilityTimeout: 60 }
      await client.send(new ChangeMessageVisibilityCommand(change))
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    })
    expect(span('change_visibility').parentSpanContext?.spanId).toBe(span('process').spanContext().spanId)
    expect(span('process').attributes[names.FLOWSTITCH_SETTLEMENT]).toBe('delete')
  })

  it('links to the creation context of a message that processSqs has not handled', async () => {
    const { ReceiptHandle } = await delivered()
    const loop = trace.getTracer('test').startSpan('loop')
    await context.with(trace.setSpan(context.active(), loop), () =>
      client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })),
    )
    loop.end()
    expect(span('delete').parentSpanContext?.spanId).toBe(loop.spanContext().spanId)
    expect(linked(span('delete'))).toEqual([span('send').spanContext().spanId])
  })

  it('of several messages links to each, and fails with the code of those that stay', async () => {
    const handles = [(await delivered()).ReceiptHandle, (await delivered()).ReceiptHandle, 'unknown']
    const Entries = handles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }))
    const changes = Entries.map((entry) => ({ ...entry, VisibilityTimeout: 30 }))
    await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries: changes }))
    const answer = await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))
    expect(answer.Failed).toMatchObject([{ Id: '2' }])
    const sent = recorder.spans.filter(({ name }) => name === `send ${queue}`)
    for (const name of ['change_visibility', 'delete']) {
      expect(linked(span(name))).toEqual(sent.map((each) => each.spanContext().spanId))
      expect(span(name).attributes).toMatchObject({
        [names.MESSAGING_BATCH_MESSAGE_COUNT]: 3,
        [names.ERROR_TYPE]: answer.Failed?.[0]?.Code,
      })
      expect(span(name).status.code).toBe(SpanStatusCode.ERROR)
    }
  })

  it('of a message of which nothing is known is a span all the same', async () => {
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'unknown' })).catch(() => undefined)
    expect(span('delete').links).toEqual([])
  })

  it('lets a message be forgotten that was deleted, not one that was refused', async () => {
    const { ReceiptHandle = '' } = await delivered()
    const gone = { QueueUrl: `${QueueUrl}-gone`, ReceiptHandle }
    await expect(client.send(new DeleteMessageCommand(gone))).rejects.toThrow('exist')
    expect(deliveryOfReceipt(ReceiptHandle)).toBeDefined()
    const Entries = [{ Id: 'a', ReceiptHandle }]
    const elsewhere = { QueueUrl: await createQueue(bare), Entries }
    expect((await client.send(new DeleteMessageBatchCommand(elsewhere))).Failed).toHaveLength(1)
    expect(deliveryOfReceipt(ReceiptHandle)).toBeDefined()
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    expect(deliveryOfReceipt(ReceiptHandle)).toBeUndefined()
  })

  it('need not come: what is never deleted is forgotten in time', () => {
    const delivery: Delivery = {
      kernel: defaultKernel(),
      queueUrl: undefined,
      id: undefined,
      counted: true,
    }
    for (let n = 0; n < 20_000; n++) remember({ ReceiptHandle: `receipt ${n}` }, delivery)
    expect(rememberedReceipts()).toBe(5000)
    expect(deliveryOfReceipt('receipt 19999')).toBe(delivery)
    expect(deliveryOfReceipt('receipt 0')).toBeUndefined()
  })
})

describe('answers and errors', () => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordSpans()
  })
  afterEach(() => recorder.shutdown())

  it('give each message of a batch its id, or the code of its refusal', async () => {
    const QueueUrl = await createQueue(bare)
    const { Successful = [], Failed = [] } = await client.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'a', MessageBody: 'a' },
          { Id: 'b', MessageBody: 'b', DelaySeconds: 100_000 },
          { Id: 'c', MessageBody: 'c' },
        ],
      }),
    )
    const creates = recorder.spans.filter(({ name }) => name.startsWith('create'))
    const ids = new Map(Successful.map(({ Id, MessageId }) => [Id, MessageId]))
    expect(creates.map(({ attributes }) => attributes[names.MESSAGING_MESSAGE_ID])).toEqual([
      ids.get('a'),
      undefined,
      ids.get('c'),
    ])
    expect(creates.map(({ attributes }) => attributes[names.ERROR_TYPE])).toEqual([
      undefined,
      Failed[0]?.Code,
      undefined,
    ])
    expect(creates.map(({ status }) => status.code)).toEqual([0, SpanStatusCode.ERROR, 0])
    expect(recorder.spans.at(-1)?.name).toMatch(/^send /)
    expect(recorder.spans.at(-1)?.status.code).toBe(0)
  })

  it.each([
    ['SendMessage', new SendMessageCommand({ QueueUrl: 'http://localhost/0/gone', MessageBody: 'x' })],
    ['ReceiveMessage', new ReceiveMessageCommand({ QueueUrl: 'http://localhost/0/gone' })],
    ['DeleteMessage', new DeleteMessageCommand({ QueueUrl: 'http://localhost/0/gone', ReceiptHandle: 'r' })],
  ])('of %s are named as SQS names them', async (_, command) => {
    await expect(client.send(command as SendMessageCommand)).rejects.toThrow('exist')
    expect(recorder.spans).toHaveLength(1)
    expect(recorder.spans[0]?.attributes[names.ERROR_TYPE]).toBe('QueueDoesNotExist')
    expect(recorder.spans[0]?.status.code).toBe(SpanStatusCode.ERROR)
  })

  it('come after all retries, in one span', async () => {
    const { region, credentials } = bare.config
    const retrying = instrumentSqs(
      new (bare.constructor as new (config: object) => typeof bare)({
        endpoint: 'http://127.0.0.1:1',
        region,
        credentials,
        maxAttempts: 3,
      }),
    )
    let attempts = 0
    retrying.middlewareStack.add((next) => (args) => (attempts++, next(args)), { step: 'deserialize' })
    const sending = retrying.send(
      new SendMessageCommand({ QueueUrl: 'http://127.0.0.1:1/0/q', MessageBody: 'x' }),
    )
    await expect(sending).rejects.toThrow('ECONNREFUSED')
    expect(attempts).toBe(3)
    expect(recorder.spans.map(({ name }) => name)).toEqual(['send q'])
    expect(recorder.spans[0]?.attributes[names.ERROR_TYPE]).toBe('ECONNREFUSED')
    retrying.destroy()
  })

  it('bring the id of the request along, from a success and from an error', async () => {
    const QueueUrl = await createQueue(bare)
    const answered = instrumentSqs(connect())
    await answered.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
    const { Messages } = await answered.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }))
    const ReceiptHandle = Messages?.[0]?.ReceiptHandle
    await answered.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    await answered.send(new ReceiveMessageCommand({ QueueUrl: `${QueueUrl}-gone` })).catch(() => undefined)
    expect(recorder.spans).toHaveLength(4)
    const ids = recorder.spans.map(({ attributes }) => attributes[names.AWS_REQUEST_ID])
    expect(new Set(ids).size).toBe(4)
    for (const id of ids) expect(id).toMatch(/^request-\d+$/)
    answered.destroy()
  })
})
