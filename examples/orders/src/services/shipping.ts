import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient, type Message } from '@aws-sdk/client-sqs'
import { instrumentNats } from '@flowstitch/nats'
import { instrumentSqs, processSqs } from '@flowstitch/sqs'
import { jetstream } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { brokers, names, shippingUrl, sqsConfig } from '../config.ts'
import { log } from '../log.ts'
import { parseOrder } from '../order.ts'

const nats = instrumentNats(jetstream(await connect({ servers: brokers.nats })))
const sqs = instrumentSqs(new SQSClient(sqsConfig))

/** What one would deploy: it gets a batch of messages and knows nothing of where they come from. */
export async function handler(event: { Records: Message[] }): Promise<void> {
  await processSqs(event.Records, ship)
}

async function ship({ Body = '' }: Message): Promise<void> {
  const order = parseOrder(Body)
  await nats.publish(names.notifications, Body)
  log('sent', { order: order.number, queue: names.notifications })
  log('handled', { order: order.number, queue: names.shipping, attempt: 1 })
}

/** What AWS does around it: receives messages, invokes the handler, deletes what it has handled. */
async function poll(): Promise<void> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: shippingUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 }),
  )
  if (Messages.length === 0) return
  await handler({ Records: Messages })
  for (const { ReceiptHandle } of Messages)
    await sqs.send(new DeleteMessageCommand({ QueueUrl: shippingUrl, ReceiptHandle }))
}

log('ready')
for (;;) await poll()
