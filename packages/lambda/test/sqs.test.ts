import { SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import { instrumentSqs } from '@flowstitch/sqs'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { SQSRecord } from 'aws-lambda'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { wrapHandler } from '../src/index.ts'
import { connectSqs, createQueue, pollSqs, settle } from './sqs-events.ts'
import { lambdaContext, linkedBy, only, spanIdOf, traceIdOf } from './support.ts'

const bare = connectSqs()
const client = instrumentSqs(connectSqs())
afterAll(() => {
  bare.destroy()
  client.destroy()
})

let recorder: SpanRecorder
beforeEach(() => {
  recorder = recordSpans()
})
afterEach(() => recorder.shutdown())

const isInvocation = ({ kind }: { kind: SpanKind }): boolean => kind === SpanKind.SERVER
const isHandling = ({ name }: { name: string }): boolean => name.startsWith('process ')

async function sendAll(QueueUrl: string, bodies: readonly string[], group?: string): Promise<void> {
  const Entries = bodies.map((MessageBody, n) => ({
    Id: String(n),
    MessageBody,
    ...(group === undefined ? {} : { MessageGroupId: group, MessageDeduplicationId: MessageBody }),
  }))
  await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
}

describe('a handler of messages of SQS', () => {
  it('continues the trace of the only message of an event, and the invocation links to that', async () => {
    const QueueUrl = await createQueue(bare)
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }))
    const event = await pollSqs(bare, QueueUrl, 1)
    const seen: unknown[] = []
    const handler = wrapHandler.sqs(async (record: SQSRecord, context) => {
      seen.push(record, context)
      trace.getTracer('test').startSpan('ship').end()
    })
    const context = lambdaContext()
    expect(await handler(event, context)).toBeUndefined()
    expect(seen[0]).toBe(event.Records[0])
    expect(seen[1]).toBe(context)

    const send = only(recorder.spans, ({ name }) => name.startsWith('send '))
    const invocation = only(recorder.spans, isInvocation)
    const handling = only(recorder.spans, isHandling)
    const work = only(recorder.spans, ({ name }) => name === 'ship')
    expect(handling.kind).toBe(SpanKind.CONSUMER)
    expect(handling.parentSpanContext?.spanId).toBe(spanIdOf(send))
    expect(linkedBy(handling)).toEqual([spanIdOf(send)])
    expect(work.parentSpanContext?.spanId).toBe(spanIdOf(handling))
    expect(traceIdOf(work)).toBe(traceIdOf(send))
    expect(handling.attributes).toMatchObject({
      'messaging.system.name': 'aws.sqs',
      'messaging.operation.type': 'process',
      'messaging.message.id': event.Records[0]?.messageId,
      'flowstitch.message.attempt': 1,
      'flowstitch.message.dwell': expect.any(Number),
      'flowstitch.flow.id': traceIdOf(send),
      'flowstitch.relation': 'parent',
    })
    expect(invocation.parentSpanContext).toBeUndefined()
    expect(linkedBy(invocation)).toEqual([spanIdOf(handling)])
    expect(invocation.name).toBe('ship-orders')
    expect(invocation.attributes).toEqual({
      'faas.trigger': 'pubsub',
      'faas.coldstart': expect.any(Boolean),
      'faas.invocation.id': context.awsRequestId,
      'cloud.resource_id': 'arn:aws:lambda:eu-west-1:123456789012:function:ship-orders:7',
      'cloud.account.id': '123456789012',
      'aws.lambda.invoked_arn': context.invokedFunctionArn,
      'messaging.batch.message_count': 1,
    })
    expect(recorder.open).toBe(0)
  })

  it('handles each message of several in a span of its own, below the invocation', async () => {
    const QueueUrl = await createQueue(bare)
    await sendAll(QueueUrl, ['a', 'b', 'c'])
    const event = await pollSqs(bare, QueueUrl, 3)
    const active: (string | undefined)[] = []
    const handler = wrapHandler.sqs(() => void active.push(trace.getActiveSpan()?.spanContext().spanId))
    await handler(event, lambdaContext())
    const invocation = only(recorder.spans, isInvocation)
    const handlings = recorder.spans.filter(isHandling)
    const creates = recorder.spans.filter(({ name }) => name.startsWith('create '))
    expect(active).toEqual(handlings.map(spanIdOf))
    expect(handlings.flatMap(linkedBy).toSorted()).toEqual(creates.map(spanIdOf).toSorted())
    for (const handling of handlings) {
      expect(handling.parentSpanContext?.spanId).toBe(spanIdOf(invocation))
      expect(handling.attributes['flowstitch.relation.reason']).toBe('in-batch')
    }
    expect(invocation.links).toEqual([])
  })

  it('has only failed messages again', async () => {
    const QueueUrl = await createQueue(bare)
    await sendAll(QueueUrl, ['good', 'bad', 'fine'])
    const told: unknown[] = []
    const failing = wrapHandler.sqs(
      (record) => {
        if (record.body === 'bad' && record.attributes.ApproximateReceiveCount === '1')
          throw new RangeError('no')
      },
      { partialFailures: true, onFailure: (error, record) => void told.push(error, record.body) },
    )
    const event = await pollSqs(bare, QueueUrl, 3)
    const { batchItemFailures } = await failing(event, lambdaContext())
    const bad = event.Records.find(({ body }) => body === 'bad')
    expect(batchItemFailures).toEqual([{ itemIdentifier: bad?.messageId }])
    expect(told).toEqual([new RangeError('no'), 'bad'])
    const failed = recorder.spans.filter(({ status }) => status.code === SpanStatusCode.ERROR)
    expect(failed.map(({ attributes }) => attributes['error.type'])).toEqual(['RangeError'])
    const invocation = only(recorder.spans, isInvocation)
    expect(invocation.status.code).toBe(SpanStatusCode.UNSET)
    expect(invocation.attributes).toMatchObject({
      'messaging.batch.message_count': 3,
      'flowstitch.batch.failed_count': 1,
    })

    await settle(bare, QueueUrl, event, [bad?.messageId as string])
    recorder.clear()
    const again = await pollSqs(bare, QueueUrl, 1)
    expect(await failing(again, lambdaContext())).toEqual({ batchItemFailures: [] })
    const handling = only(recorder.spans, isHandling)
    expect(handling.attributes).toMatchObject({
      'messaging.message.id': bad?.messageId,
      'flowstitch.message.attempt': 2,
      'flowstitch.relation': 'link',
      'flowstitch.relation.reason': 'redelivery',
    })
    expect(handling.parentSpanContext?.spanId).toBe(spanIdOf(only(recorder.spans, isInvocation)))
  })

  it('leaves the rest of a FIFO queue for later where a message failed', async () => {
    const QueueUrl = await createQueue(bare, { FifoQueue: 'true' })
    await sendAll(QueueUrl, ['1', '2', '3', '4'], 'orders')
    const event = await pollSqs(bare, QueueUrl, 4)
    const handled: string[] = []
    const handler = wrapHandler.sqs(
      ({ body }) => {
        if (body === '2') throw new Error('not now')
        handled.push(body)
      },
      { partialFailures: true, concurrency: 4, onFailure: () => {} },
    )
    const { batchItemFailures } = await handler(event, lambdaContext())
    expect(handled).toEqual(['1'])
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(
      event.Records.slice(1).map(({ messageId }) => messageId),
    )
    expect(only(recorder.spans, isInvocation).attributes['flowstitch.batch.failed_count']).toBe(3)
  })

  it('leaves only the rest of its group, where that is wanted', async () => {
    const QueueUrl = await createQueue(bare, { FifoQueue: 'true' })
    await sendAll(QueueUrl, ['a1', 'a2'], 'a')
    await sendAll(QueueUrl, ['b1', 'b2'], 'b')
    const event = await pollSqs(bare, QueueUrl, 4)
    const handler = wrapHandler.sqs(
      ({ body }) => {
        if (body === 'a1') throw new Error('not now')
      },
      { partialFailures: { skipGroupOnError: true }, onFailure: () => {} },
    )
    const { batchItemFailures } = await handler(event, lambdaContext())
    const left = event.Records.filter(({ body }) => body.startsWith('a'))
    expect(batchItemFailures).toEqual(left.map(({ messageId }) => ({ itemIdentifier: messageId })))
  })
})
