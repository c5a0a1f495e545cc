import { randomUUID } from 'node:crypto'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs'
import { startBrokers, type Brokers } from '@flowstitch/brokers'
import { instrumentSqs, processSqs } from '@flowstitch/sqs'
import { recordSpans } from '@flowstitch/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Account, keepSending, keepWorking, killAndRestart, type Traffic } from './traffic.ts'
import { expectTruth } from './truth.ts'

let brokers: Brokers
beforeAll(async () => {
  brokers = await startBrokers({ only: ['sqs'], own: true })
})
afterAll(() => brokers.stop())

function connect(): SQSClient {
  return new SQSClient({
    endpoint: brokers.addresses.sqs,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  })
}

/** How a client is made and its messages are handled, with tracing or without. */
interface Way {
  readonly instrument: (client: SQSClient) => SQSClient
  readonly handle: (message: Message, handler: (message: Message) => unknown) => unknown
}

const bareWay: Way = { instrument: (client) => client, handle: (message, handler) => handler(message) }
/** SQS makes the ids of messages: of one that was refused, only its body tells which it was. */
const tracedWay: Way = {
  instrument: (client) =>
    instrumentSqs(client, {
      onSend: (span, message) => void span.setAttribute('app.id', message.MessageBody ?? ''),
    }),
  handle: processSqs,
}

/** A turn of a worker: receives and deletes. What it could not delete comes again. */
function turnOf(
  client: SQSClient,
  QueueUrl: string,
  handle: Way['handle'],
  account: Account,
): () => Promise<void> {
  const ask = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: 2 }
  return async () => {
    const { Messages = [] } = await client.send(new ReceiveMessageCommand(ask))
    for (const message of Messages) {
      await handle(message, async ({ Body = '', ReceiptHandle }) => {
        account.received.push(Body)
        await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
      })
    }
  }
}

async function startTraffic({ instrument, handle }: Way): Promise<Traffic> {
  const account = new Account()
  const client = instrument(connect())
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: `orders-${randomUUID()}` }))
  const stopWorking = keepWorking(turnOf(client, QueueUrl, handle, account))
  return {
    account,
    stop: keepSending(account, (id) => client.send(new SendMessageCommand({ QueueUrl, MessageBody: id }))),
    async close() {
      await stopWorking()
      client.destroy()
    },
  }
}

/** For a moment ElasticMQ serves without the queues that it is about to restore, and not every client sees that. */
function errorsOf({ account }: Traffic): ReadonlySet<string> {
  return account.errors.difference(new Set(['QueueDoesNotExist']))
}

test('an SQS that is killed loses no more with tracing than without, and every span ends with the truth', async () => {
  const recorder = recordSpans()
  const bare = await startTraffic(bareWay)
  const traced = await startTraffic(tracedWay)
  await killAndRestart(brokers.started.sqs!, [bare, traced])
  expect(errorsOf(traced)).toEqual(errorsOf(bare))
  expectTruth(recorder, traced.account, {
    idAttribute: 'app.id',
    errorType: /^(?:E[A-Z]+|\w+Error|QueueDoesNotExist)$/,
  })
  await recorder.shutdown()
}, 120_000)
