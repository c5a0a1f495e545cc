import { setTimeout as delay } from 'node:timers/promises'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { instrumentAmqp } from '@flowstitch/amqplib'
import { instrumentSqs } from '@flowstitch/sqs'
import { connect, type ConsumeMessage } from 'amqplib'
import { brokers, names, shippingUrl, sqsConfig } from '../config.ts'
import { log } from '../log.ts'
import { parseOrder, type Order } from '../order.ts'

const sqs = instrumentSqs(new SQSClient(sqsConfig))
const connection = instrumentAmqp(await connect(brokers.amqp))
const channel = await connection.createChannel()
await channel.prefetch(20)

/** A payment gateway that times out twice for everybody, and declines every tenth card for good. */
async function charge({ number }: Order, attempt: number): Promise<void> {
  await delay(20)
  if (attempt < 3) throw new Error('gateway timeout')
  if (number % 10 === 7) throw new Error('card declined')
}

async function pay(message: ConsumeMessage): Promise<void> {
  const order = parseOrder(message.content)
  const attempt = 1 + Number(message.properties.headers?.['x-delivery-count'] ?? 0)
  const delivery = { order: order.number, queue: names.payments, attempt }
  try {
    await charge(order, attempt)
    await sqs.send(new SendMessageCommand({ QueueUrl: shippingUrl, MessageBody: JSON.stringify(order) }))
    log('sent', { order: order.number, queue: names.shipping })
    log('handled', delivery)
    channel.ack(message)
  } catch {
    log('failed', delivery)
    // Back into the queue after a pause; the third time the broker makes a dead letter of it.
    setTimeout(() => channel.nack(message), 100 * attempt)
  }
}

// oxlint-disable-next-line typescript/no-misused-promises -- amqplib waits for no handler; pay never rejects
await channel.consume(names.payments, async (message) => {
  if (message) await pay(message)
})
log('ready')
