import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { wrapHandler } from '@flowstitch/lambda'
import { instrumentSqs } from '@flowstitch/sqs'
import type { SQSRecord } from 'aws-lambda'
import { queues, sqsConfig, urlOf, type Order } from '../config.ts'

const sqs = instrumentSqs(new SQSClient(sqsConfig))

async function charge({ body, attributes }: SQSRecord): Promise<void> {
  const order = JSON.parse(body) as Order
  if (order.number === 2 && attributes.ApproximateReceiveCount === '1') throw new Error('card declined')
  await sqs.send(new SendMessageCommand({ QueueUrl: urlOf(queues.receipts), MessageBody: body }))
}

/** Orders whose payment failed come again; those that came with them do not. */
export const handler = wrapHandler.sqs(charge, {
  partialFailures: true,
  onFailure: (error, { body }) => console.log(`  charging ${body} failed: ${(error as Error).message}`),
})
