// Takes three orders, as three requests would bring them, and ends.
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { instrumentSqs } from '@flowstitch/sqs'
import { SpanKind, trace } from '@opentelemetry/api'
import { queues, sqsConfig, urlOf, type Order } from './config.ts'
import { sdk } from './telemetry.ts'

const sqs = instrumentSqs(new SQSClient(sqsConfig))
const QueueUrl = urlOf(queues.orders)
const tracer = trace.getTracer('shop')

for (const number of [1, 2, 3]) {
  await tracer.startActiveSpan('POST /orders', { kind: SpanKind.SERVER }, async (span) => {
    const order: Order = { number }
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(order) }))
    span.end()
  })
}
await sdk.shutdown()
