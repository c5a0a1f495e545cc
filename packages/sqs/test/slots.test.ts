import {
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type Message,
  type MessageAttributeValue,
  type SendMessageRequest,
} from '@aws-sdk/client-sqs'
import { context, propagation, type Context, type TextMapPropagator } from '@opentelemetry/api'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import * as names from '@flowstitch/core/semconv'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { instrumentSqs, processSqs } from '../src/index.ts'
import { connect, createQueue, deepFreeze } from './support.ts'

const KIB = 1024
const bare = connect()
const client = instrumentSqs(connect())

function attributes(count: number): Record<string, MessageAttributeValue> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, n) => [`own-${n}`, { DataType: 'String', StringValue: `value ${n}` }]),
  )
}

function withBaggage(): Context {
  return propagation.setBaggage(context.active(), propagation.createBaggage({ tenant: { value: 'blue' } }))
}

/** Room for what a test is not about. */
function padded(bytes: number): string {
  return 'x'.repeat(bytes)
}

describe('what a message carries', () => {
  let recorder: SpanRecorder
  let QueueUrl: string
  beforeAll(async () => {
    QueueUrl = await createQueue(bare)
  })
  beforeEach(() => {
    recorder = recordSpans()
  })
  afterEach(() => recorder.shutdown())
  afterAll(() => {
    client.destroy()
    bare.destroy()
  })

  async function sent(input: Partial<SendMessageRequest>): Promise<Message> {
    const request = deepFreeze({ QueueUrl, MessageBody: 'x', ...input })
    await context.with(withBaggage(), () => client.send(new SendMessageCommand(request)))
    return next()
  }

  async function next(): Promise<Message> {
    const { Messages } = await bare.send(
      new ReceiveMessageCommand({
        QueueUrl,
        WaitTimeSeconds: 5,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
    )
    return Messages?.[0] as Message
  }

  function traceHeader(): string {
    const { traceId, spanId } = recorder.spans.at(-1)?.spanContext() ?? { traceId: '', spanId: '' }
    return `Root=1-${traceId.slice(0, 8)}-${traceId.slice(8)};Parent=${spanId};Sampled=1`
  }

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    'is, beside %i attributes of the user, as much of the context as the ten slots hold',
    async (count) => {
      const own = attributes(count)
      const { MessageAttributes = {}, Attributes } = await sent({ MessageAttributes: own })
      const added = ['traceparent', 'tracestate', 'baggage'].slice(0, 10 - count)
      expect(Object.keys(MessageAttributes).toSorted()).toEqual([...Object.keys(own), ...added].toSorted())
      expect(MessageAttributes).toMatchObject(own)
      expect(Attributes?.AWSTraceHeader).toBe(count === 10 ? traceHeader() : undefined)
    },
  )

  it("reaches the handler by X-Ray's header alone where all slots are taken", async () => {
    await client.send(
      new SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageAttributes: attributes(10) }),
    )
    const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }))
    await processSqs(Messages, () => undefined)
    const [send, receive, process] = recorder.spans
    expect(process?.parentSpanContext?.spanId).toBe(send?.spanContext().spanId)
    for (const span of [receive, process]) {
      expect(span?.links.map((link) => link.context.spanId)).toEqual([send?.spanContext().spanId])
    }
    expect(Messages?.[0]).not.toHaveProperty('Attributes')
    expect(Messages?.[0]).not.toHaveProperty('MessageAttributes')
  })

  it("leaves the user's own X-Ray header, and links to it", async () => {
    const own = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1'
    const AWSTraceHeader = { DataType: 'String', StringValue: own }
    const message = await sent({
      MessageAttributes: attributes(10),
      MessageSystemAttributes: { AWSTraceHeader },
    })
    expect(message.Attributes?.AWSTraceHeader).toBe(own)
    expect(recorder.spans[0]?.links[0]?.context.spanId).toBe('53995c3f42cd8ad8')
  })

  it('never replaces an attribute of the user, not even by a better one', async () => {
    const garbage = { DataType: 'String', StringValue: 'garbage' }
    const { MessageAttributes, Attributes } = await sent({ MessageAttributes: { traceparent: garbage } })
    expect(MessageAttributes).toEqual({ traceparent: garbage })
    expect(Attributes?.AWSTraceHeader).toBe(traceHeader())
    const baggage = { DataType: 'String', StringValue: 'own=1' }
    expect((await sent({ MessageAttributes: { baggage } })).MessageAttributes).toMatchObject({
      baggage,
      traceparent: {},
    })
  })

  it.each([256, 1024])('is never what makes it longer than %i KiB', async (limit) => {
    const full = await sent({ MessageBody: padded(limit * KIB - 20) })
    expect(full).not.toHaveProperty('MessageAttributes')
    expect(full.Attributes?.AWSTraceHeader).toBe(traceHeader())
    const almost = await sent({ MessageBody: padded(limit * KIB - 100) })
    expect(Object.keys(almost.MessageAttributes ?? {})).toContain('traceparent')
  })

  it('is never what makes a batch longer than a call may be', async () => {
    const MessageBody = padded(128 * KIB - 60)
    const Entries = ['a', 'b'].map((Id) => ({ Id, MessageBody }))
    await client.send(new SendMessageBatchCommand(deepFreeze({ QueueUrl, Entries })))
    const carried = [await next(), await next()].map((message) => [
      Object.keys(message.MessageAttributes ?? {}),
      message.Attributes?.AWSTraceHeader !== undefined,
    ])
    expect(carried).toContainEqual([['traceparent'], false])
    expect(carried).toContainEqual([[], true])
  })

  // ElasticMQ has no MaximumMessageSize: a middleware below ours refuses as SQS does.
  it('is left out where a queue with a smaller limit has no room for it', async () => {
    const small = instrumentSqs(connect())
    const tried: unknown[] = []
    small.middlewareStack.add(
      (next) => (args) => {
        const { MessageAttributes } = args.input as SendMessageRequest
        tried.push(MessageAttributes && Object.keys(MessageAttributes))
        if (MessageAttributes?.['traceparent']) {
          const reason =
            'One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.'
          throw Object.assign(new Error(reason), { name: 'InvalidParameterValue', $fault: 'client' })
        }
        return next(args)
      },
      { step: 'serialize', priority: 'high' },
    )
    const { MessageId } = await small.send(new SendMessageCommand({ QueueUrl, MessageBody: padded(1000) }))
    expect((await next()).MessageId).toBe(MessageId)
    expect(tried).toEqual([['traceparent', 'tracestate'], undefined])
    expect(recorder.spans).toHaveLength(1)
    expect(recorder.spans[0]?.status.code).toBe(0)
    small.destroy()
  })

  it('is what the global propagator writes, without what SQS would refuse', async () => {
    await recorder.shutdown()
    recorder = recordSpans({ propagator: strangePropagator })
    const { MessageAttributes, Attributes } = await sent({})
    expect(Object.keys(MessageAttributes ?? {}).toSorted()).toEqual(['good', 'traceparent', 'tracestate'])
    expect(Attributes?.AWSTraceHeader).toBe('Root=own')
  })

  it('is the same for each message of a FIFO queue, whose order and deduplication stay', async () => {
    const fifo = await createQueue(bare, { FifoQueue: 'true', ContentBasedDeduplication: 'true' })
    const send = (): Promise<{ MessageId?: string | undefined }> =>
      client.send(new SendMessageCommand({ QueueUrl: fifo, MessageBody: 'once', MessageGroupId: 'g' }))
    const [first, second] = [await send(), await send()]
    expect(second.MessageId).toBe(first.MessageId)
    expect(recorder.spans[0]?.attributes[names.MESSAGING_MESSAGE_ID]).toBe(first.MessageId)
  })
})

const strangePropagator: TextMapPropagator = {
  inject(_, carrier, setter) {
    const fields = { good: '1', empty: '', 'not a name': '1', 'AWS.reserved': '1', control: '\u0000' }
    for (const [name, value] of Object.entries(fields)) setter.set(carrier, name, value)
    setter.set(carrier, 'traceparent', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`)
    setter.set(carrier, 'x-amzn-trace-id', 'Root=own')
  },
  extract: (ctx) => ctx,
  fields: () => ['good', 'not a name', 'AWS.reserved'],
}
