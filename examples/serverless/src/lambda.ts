// `node lambda.ts <function> <queue>`: what AWS does around a function. Receives messages, calls the function with an
// event of them, and deletes those that it does not report. A failure of the function has all of them come again.
import { randomUUID } from 'node:crypto'
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient, type Message } from '@aws-sdk/client-sqs'
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { sqsConfig, urlOf } from './config.ts'

type Handler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse | undefined>

const [name, queue] = process.argv.slice(2) as [string, string]
const { handler } = (await import(`./functions/${name}.ts`)) as { handler: Handler }
const sqs = new SQSClient(sqsConfig)
const QueueUrl = urlOf(queue)

// Whatever happens to what has started it, it does not outlive that.
process.on('disconnect', () => process.exit())
for (;;) await poll()

async function poll(): Promise<void> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 20,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    }),
  )
  if (Messages.length > 0) await invoke({ Records: Messages.map(recordOf) })
}

async function invoke(event: SQSEvent): Promise<void> {
  let failed: readonly string[]
  try {
    const answer = await handler(event, contextOf())
    failed = answer?.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) ?? []
  } catch (error) {
    console.log(`  ${name} failed: ${(error as Error).message}`)
    return
  }
  for (const { messageId, receiptHandle: ReceiptHandle } of event.Records) {
    if (!failed.includes(messageId)) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
  }
}

function recordOf(message: Message): SQSRecord {
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(
    ([key, { DataType, StringValue }]) => [key, { dataType: DataType, stringValue: StringValue }],
  )
  return {
    messageId: message.MessageId as string,
    receiptHandle: message.ReceiptHandle as string,
    body: message.Body as string,
    attributes: message.Attributes as unknown as SQSRecord['attributes'],
    messageAttributes: Object.fromEntries(attributes) as SQSRecord['messageAttributes'],
    md5OfBody: message.MD5OfBody as string,
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
    awsRegion: 'us-east-1',
  }
}

function contextOf(): Context {
  return {
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
    awsRequestId: randomUUID(),
    memoryLimitInMB: '128',
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => 3000,
    done() {},
    fail() {},
    succeed() {},
  }
}
