import type { ConsumeMessage } from 'amqplib'
import { startProcess } from '../by-hand.ts'
import type { Prepare } from '../scenario.ts'
import { channelOf, delivered } from './amqp-network.ts'

/** A consumer that acknowledges each message at once. */
export const prepare: Prepare = async (instrumentation, options) => {
  const channel = await channelOf(instrumentation, options)
  const ack = (message: ConsumeMessage): void => channel.ack(message)
  const handler = instrumentation === 'by hand' ? byHand(ack) : ack
  await channel.consume('payments', (message) => handler(message as ConsumeMessage))
  let tag = 0
  return {
    messages: 1,
    run() {
      const message = delivered(++tag)
      channel.dispatchMessage(message.fields, message)
    },
  }
}

function byHand(handler: (message: ConsumeMessage) => void): (message: ConsumeMessage) => void {
  return (message) => {
    const { fields, properties } = message
    const own = {
      'rabbitmq.destination.routing_key': fields.routingKey,
      'rabbitmq.message.delivery_tag': fields.deliveryTag,
    }
    startProcess('rabbitmq', 'payments', own, properties.headers ?? {}, (span) => {
      handler(message)
      span.end()
    })
  }
}
