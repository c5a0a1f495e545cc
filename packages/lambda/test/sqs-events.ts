import { randomUUID } from 'node:crypto'
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
  type CreateQueueCommandInput,
  type Message,
} from '@aws-sdk/client-sqs'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import type { SQSEvent, SQSMessageAttribute, SQSRecord } from 'aws-lambda'

export function connectSqs(): SQSClient {
  return new SQSClient({
    endpoint: brokersFromEnvironment().sqs,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  })
}

/** Makes a queue of its own; the answer is its URL. */
export async function createQueue(
  client: SQSClient,
  Attributes: CreateQueueCommandInput['Attributes'] = {},
): Promise<string> {
  const suffix = Attributes['FifoQueue'] ? '.fifo' : ''
  const QueueName = `test-${randomUUID()}${suffix}`
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName, Attributes }))
  return QueueUrl as string
}

/** Polls as Lambda does until there are so many messages, and makes an event of them. */
export async function pollSqs(client: SQSClient, QueueUrl: string, count: number): Promise<SQSEvent> {
  const records: SQSRecord[] = []
  while (records.length < count) {
    const ask = { QueueUrl, WaitTimeSeconds: 5, MaxNumberOfMessages: 10 }
    const everything = { MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All' as const] }
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ ...ask, ...everything }))
    for (const message of Messages) records.push(recordOf(message, QueueUrl))
  }
  return { Records: records }
}

/** Deletes what an invocation has not reported, as Lambda does; the rest is there again at once, and not some time later. */
export async function settle(
  client: SQSClient,
  QueueUrl: string,
  { Records }: SQSEvent,
  failed: readonly string[],
): Promise<void> {
  for (const { messageId, receiptHandle } of Records) {
    const place = { QueueUrl, ReceiptHandle: receiptHandle }
    if (!failed.includes(messageId)) await client.send(new DeleteMessageCommand(place))
    else await client.send(new ChangeMessageVisibilityCommand({ ...place, VisibilityTimeout: 0 }))
  }
}

function recordOf(message: Message, queueUrl: string): SQSRecord {
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(
    ([name, { DataType, StringValue, BinaryValue }]): [string, SQSMessageAttribute] => [
      name,
      {
        dataType: DataType as 'String',
        ...(StringValue === undefined ? {} : { stringValue: StringValue }),
        ...(BinaryValue === undefined ? {} : { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
        stringListValues: [] as never[],
        binaryListValues: [] as never[],
      },
    ],
  )
  return {
    messageId: message.MessageId as string,
    receiptHandle: message.ReceiptHandle as string,
    body: message.Body as string,
    attributes: message.Attributes as unknown as SQSRecord['attributes'],
    messageAttributes: Object.fromEntries(attributes),
    md5OfBody: message.MD5OfBody as string,
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:us-east-1:123456789012:${queueUrl.slice(queueUrl.lastIndexOf('/') + 1)}`,
    awsRegion: 'us-east-1',
  }
}
