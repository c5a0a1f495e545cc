import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type Message,
  type MessageAttributeValue,
  type SendMessageCommandInput,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import {
  inheriting,
  type AdapterUnderTest,
  type ConsumeOptions,
  type OutgoingMessage,
  type Settlement,
  type TestHandler,
  type TestMessage,
  type TestSession,
} from '@flowstitch/testing'
import { instrumentSqs, processSqs, type SqsOptions } from '../src/index.ts'
import { connect, createQueue, deepFreeze, wrappedByOfficial } from './support.ts'
import { transcript } from './transcript.ts'

function outgoing({ body, headers }: OutgoingMessage): {
  MessageBody: string
  MessageAttributes?: Record<string, MessageAttributeValue>
} {
  if (!headers) return { MessageBody: body }
  const attributes = Object.entries(headers).map(([name, StringValue]) => [
    name,
    { DataType: 'String', StringValue },
  ])
  return {
    MessageBody: body,
    MessageAttributes: Object.fromEntries(attributes) as Record<string, MessageAttributeValue>,
  }
}

/** X-Ray has an attribute of the system's, and Datadog's tracer one for all that it sends. */
function asOthersSend({ body, headers = {} }: OutgoingMessage): Omit<SendMessageCommandInput, 'QueueUrl'> {
  const { 'x-amzn-trace-id': xray, ...others } = headers
  const ofDatadog = Object.entries(others).filter(([name]) => name.startsWith('x-datadog-'))
  const rest = Object.entries(others).filter(([name]) => !name.startsWith('x-datadog-'))
  const blob = ofDatadog.length > 0 ? [['_datadog', JSON.stringify(Object.fromEntries(ofDatadog))]] : []
  const attributes = Object.fromEntries([...rest, ...blob]) as Record<string, string>
  const AWSTraceHeader = { DataType: 'String', StringValue: xray }
  return {
    ...outgoing({ body, headers: attributes }),
    ...(xray === undefined ? {} : { MessageSystemAttributes: { AWSTraceHeader } }),
  }
}

function incoming({ Body = '', MessageAttributes = {} }: Message): TestMessage {
  const headers = Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue])
  return { body: Body, headers: Object.fromEntries(headers) as Record<string, string> }
}

async function receiveTen(
  client: SQSClient,
  QueueUrl: string,
  abortSignal?: AbortSignal,
): Promise<Message[]> {
  const asks = { WaitTimeSeconds: 1, MaxNumberOfMessages: 10, MessageAttributeNames: ['tenant'] }
  const command = new ReceiveMessageCommand({ QueueUrl, ...asks })
  const { Messages = [] } = await client.send(command, { abortSignal })
  return Messages
}

/** A worker that receives until it is stopped, and handles one message after the other. */
class Worker {
  readonly #client: SQSClient
  readonly #queue: string
  readonly #handler: TestHandler
  readonly #settlement: Settlement
  readonly #redeliver: boolean
  readonly #stopping = new AbortController()
  readonly #ended: Promise<void>

  constructor(
    client: SQSClient,
    queue: string,
    handler: TestHandler,
    { settlement = 'after', redeliver = false }: ConsumeOptions,
  ) {
    this.#client = client
    this.#queue = queue
    this.#handler = handler
    this.#settlement = settlement
    this.#redeliver = redeliver
    this.#ended = this.#work().catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) throw error
    })
  }

  stop(): Promise<void> {
    this.#stopping.abort()
    return this.#ended
  }

  async #work(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const done: Message[] = []
      for (const message of await receiveTen(this.#client, this.#queue, this.#stopping.signal)) {
        if (await this.#handle(message)) done.push(message)
      }
      if (done.length > 0 && this.#settlement === 'after') await this.#deleteAll(done)
    }
  }

  /** Answers whether the message is done with. */
  async #handle(message: Message): Promise<boolean> {
    const place = { QueueUrl: this.#queue, ReceiptHandle: message.ReceiptHandle }
    const settle = (): Promise<unknown> => this.#client.send(new DeleteMessageCommand(place))
    try {
      await processSqs(message, async () => void (await this.#handler(incoming(message), settle)))
    } catch {
      // A handler that fails is what some tests are about.
      if (!this.#redeliver) return true
      await this.#client.send(new ChangeMessageVisibilityCommand({ ...place, VisibilityTimeout: 0 }))
      return false
    }
    return true
  }

  async #deleteAll(messages: readonly Message[]): Promise<void> {
    const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }))
    await this.#client.send(new DeleteMessageBatchCommand({ QueueUrl: this.#queue, Entries }))
  }
}

async function arnOf(client: SQSClient, QueueUrl: string): Promise<string | undefined> {
  const ask = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] })
  return (await client.send(ask)).Attributes?.QueueArn
}

async function openSession(client: SQSClient): Promise<TestSession> {
  const bare = connect()
  const deadUrl = await createQueue(bare)
  const RedrivePolicy = JSON.stringify({
    deadLetterTargetArn: await arnOf(bare, deadUrl),
    maxReceiveCount: 5,
  })
  const QueueUrl = await createQueue(bare, { RedrivePolicy })
  const workers: Worker[] = []
  const name = QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1)
  return {
    destination: name,
    send: (message, { freeze = false, inherit = false } = {}) => {
      const plain = { QueueUrl, ...outgoing(message) }
      const input = inherit ? inheriting(plain) : plain
      return client.send(new SendMessageCommand(freeze ? deepFreeze(input) : input))
    },
    sendBatch: (messages) => {
      const Entries = messages.map((message, index) => ({ Id: String(index), ...outgoing(message) }))
      return client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
    },
    sendBare: async (message) => {
      await bare.send(new SendMessageCommand({ QueueUrl, ...asOthersSend(message) }))
    },
    prepareShared(message) {
      const input = { QueueUrl, ...outgoing(message) }
      const send = (): Promise<unknown> => client.send(new SendMessageCommand(input))
      return { handed: input, send: () => Promise.all([send(), send()]) }
    },
    sendRefused: (which) => {
      const input = { QueueUrl: `${QueueUrl}-gone`, MessageBody: 'x' }
      return (which === 'bare' ? bare : client).send(new SendMessageCommand(input))
    },
    async consume(handler, options = {}) {
      for (let n = 0; n < (options.workers ?? 1); n++) {
        workers.push(new Worker(client, QueueUrl, handler, options))
      }
    },
    receive: async () => (await receiveTen(client, QueueUrl)).map(incoming),
    async consumeDeadLetter(handler) {
      const failing = (): never => {
        throw new Error('never handled')
      }
      workers.push(new Worker(client, QueueUrl, failing, { redeliver: true }))
      workers.push(new Worker(client, deadUrl, handler, {}))
      return { source: name, reason: undefined }
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
      for (const worker of workers.splice(0)) await worker.stop()
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
  receiveOperation: 'receive',
  settleOperation: 'delete',
  settlement: 'delete',
  systemBefore145: 'aws_sqs',
  pulls: true,
  open: (options) => openSession(instrumentSqs(connect(), options as SqsOptions)),
  openWrapped: () => openSession(instrumentSqs(wrappedByOfficial(connect()))),
  openTwice: () => openSession(instrumentSqs(instrumentSqs(connect()))),
  transcript,
}
