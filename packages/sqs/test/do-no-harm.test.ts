import { ReceiveMessageCommand, SendMessageCommand, SQS } from '@aws-sdk/client-sqs'
import { recordSpans } from '@flowstitch/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { instrumentSqs } from '../src/index.ts'
import { connect, createQueue } from './support.ts'

const bare = connect()
afterAll(() => bare.destroy())

describe('an instrumented client', () => {
  it("gives the messages of others as they are where its user asks for 'All'", async () => {
    const QueueUrl = await createQueue(bare)
    const MessageAttributes = { tenant: { DataType: 'String', StringValue: 'blue' } }
    await bare.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageAttributes }))
    const recorder = recordSpans()
    const client = instrumentSqs(connect())
    const ask = { MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All' as const] }
    const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl, ...ask }))
    expect(Messages?.[0]?.MessageAttributes).toEqual(MessageAttributes)
    expect(Object.keys(Messages?.[0]?.Attributes ?? {})).toContain('SenderId')
    client.destroy()
    await recorder.shutdown()
  })

  it('stays the same object, and is instrumented once', () => {
    const client = connect()
    const before = client.middlewareStack.identify()
    expect(instrumentSqs(client)).toBe(client)
    expect(instrumentSqs(client, { ignore: () => true })).toBe(client)
    expect(client.middlewareStack.identify()).toHaveLength(before.length + 1)
    client.destroy()
  })

  it('shows middleware of its user what it would have seen', async () => {
    const QueueUrl = await createQueue(bare)
    const recorder = recordSpans()
    const client = instrumentSqs(connect())
    const seen: unknown[] = []
    client.middlewareStack.add((next) => async (args) => {
      const answer = await next(args)
      seen.push(args.input, answer.output)
      return answer
    })
    const sent = { QueueUrl, MessageBody: 'x' }
    await client.send(new SendMessageCommand(sent))
    const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }))
    expect(seen).toMatchObject([sent, {}, { QueueUrl, WaitTimeSeconds: 5 }, { Messages }])
    expect(Object.keys(seen[0] as object)).toEqual(Object.keys(sent))
    expect(Object.keys(seen[1] as object)).not.toContain('MD5OfMessageAttributes')
    client.destroy()
    await recorder.shutdown()
  })

  it('may be the SDK with a method a call, and take callbacks', async () => {
    const QueueUrl = await createQueue(bare)
    const recorder = recordSpans()
    const { endpoint, region, credentials } = bare.config
    const client = instrumentSqs(new SQS({ endpoint: endpoint!, region, credentials }))
    const answer = await new Promise((resolve, reject) => {
      client.sendMessage({ QueueUrl, MessageBody: 'x' }, (error, data) =>
        error ? reject(error) : resolve(data),
      )
    })
    expect(answer).toMatchObject({ MessageId: expect.any(String) })
    expect(recorder.spans.map(({ name }) => name)).toEqual([`send ${QueueUrl.split('/').at(-1)}`])
    client.destroy()
    await recorder.shutdown()
  })
})
