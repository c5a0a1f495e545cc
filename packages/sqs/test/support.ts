import { randomUUID } from 'node:crypto'
import { CreateQueueCommand, SQSClient, type CreateQueueCommandInput } from '@aws-sdk/client-sqs'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import { AwsInstrumentation } from '@opentelemetry/instrumentation-aws-sdk'

/** ElasticMQ gives calls no ids, as SQS does. */
let requests = 0

export function connect(): SQSClient {
  const client = new SQSClient({
    endpoint: brokersFromEnvironment().sqs,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  })
  client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args)
      const { headers } = answer.response as { headers: Record<string, string> }
      headers['x-amzn-requestid'] = `request-${++requests}`
      return answer
    },
    { step: 'deserialize', priority: 'low' },
  )
  return client
}

/** A client that OpenTelemetry's own instrumentation has wrapped, and no other. */
export function wrappedByOfficial(client: SQSClient): SQSClient {
  const official = new AwsInstrumentation() as unknown as { init(): Definition[] }
  const patch = official.init().find(({ name }) => name === '@smithy/smithy-client')?.patch
  patch?.({ Client: { prototype: client } })
  return client
}

interface Definition {
  readonly name: string
  patch(exports: object): void
}

/** Makes a queue of its own; the answer is its URL. */
export async function createQueue(
  client: SQSClient,
  Attributes: CreateQueueCommandInput['Attributes'] = {},
): Promise<string> {
  const suffix = Attributes['FifoQueue'] ? '.fifo' : ''
  const { QueueUrl } = await client.send(
    new CreateQueueCommand({ QueueName: `test-${randomUUID()}${suffix}`, Attributes }),
  )
  return QueueUrl as string
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    for (const inner of Object.values(value)) deepFreeze(inner)
    Object.freeze(value)
  }
  return value
}
