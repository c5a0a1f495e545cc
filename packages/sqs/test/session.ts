import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type Message,
  type MessageAttributeValue,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { AdapterUnderTest, TestMessage, TestSession } from '@flowstitch/testing'
import { instrumentSqs, processSqs, type SqsOptions } from '../src/index.ts'
import { connect, createQueue, deepFreeze } from './support.ts'

function outgoing({ body, headers }: TestMessage): {
  MessageBody: string
  MessageAttributes: Record<string, MessageAttributeValue>
} {
  const attributes = Object.entries(headers).map(([name, StringValue]) => [
    name,
    { DataType: 'String', StringValue },
  ])
  return {
    MessageBody: body,
    MessageAttributes: Object.fromEntries(attributes) as Record<string, MessageAttributeValue>,
  }
}

function incoming({ Body = '', MessageAttributes = {} }: Message): TestMessage {
  const headers = Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue])
  return { body: Body, headers: Object.fromEntries(headers) as Record<string, string> }
}

/** Receives until `close`, as a worker does, and handles each message with `each`. */
function poll(client: SQSClient, QueueUrl: string, each: (message: Message) => unknown): () => Promise<void> {
  const stopping = new AbortController()
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const command = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1, MaxNumberOfMessages: 10 })
      const { Messages = [] } = await client.send(command, { abortSignal: stopping.signal })
      for (const message of Messages) {
        await each(message)
        await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }))
      }
    }
  }
  const ended = loop().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error
  })
  return () => {
    stopping.abort()
    return ended
  }
}

async function openSession(client: SQSClient): Promise<TestSession> {
  const bare = connect()
  const QueueUrl = await createQueue(bare)
  const stops: (() => Promise<void>)[] = []
  return {
    destination: QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1),
    send: (message, { freeze = false } = {}) => {
      const input = { QueueUrl, ...outgoing(message) }
      return client.send(new SendMessageCommand(freeze ? deepFreeze(input) : input))
    },
    sendBatch: (messages) => {
      const Entries = messages.map((message, index) => ({ Id: String(index), ...outgoing(message) }))
      return client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
    },
    sendBare: async (message) => {
      await bare.send(new SendMessageCommand({ QueueUrl, ...outgoing(message) }))
    },
    async consume(handler) {
      const handle = async (message: Message): Promise<void> => {
        await handler(incoming(message))
      }
      // oxlint-disable-next-line no-empty-function -- a handler that fails is what some tests are about
      stops.push(poll(client, QueueUrl, async (message) => processSqs(message, handle).catch(() => {})))
    },
    async readBare() {
      for (;;) {
        const { Messages } = await bare.send(
          new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5, MessageAttributeNames: ['All'] }),
        )
        if (Messages?.[0]) return incoming(Messages[0])
      }
    },
    async close() {
      for (const stop of stops.splice(0)) await stop()
      client.destroy()
      bare.destroy()
    },
  }
}

export const sqs: AdapterUnderTest = {
  name: 'sqs',
  system: 'aws.sqs',
  sendOperation: 'send',
  processOperation: 'process',
  open: (options) => openSession(instrumentSqs(connect(), options as SqsOptions)),
  openTwice: () => openSession(instrumentSqs(instrumentSqs(connect()))),
}
