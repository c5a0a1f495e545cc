import type { ConsumeMessage } from 'amqplib'
import type { Prepare } from '../scenario.ts'
import { channelOf, delivered } from './amqp-stub.ts'

/** A consumer that acknowledges each message at once. */
export const prepare: Prepare = async (instrumentation) => {
  const channel = await channelOf(instrumentation)
  await channel.consume('payments', (message) => channel.ack(message as ConsumeMessage))
  let tag = 0
  return {
    messages: 1,
    run() {
      const message = delivered(++tag)
      channel.dispatchMessage(message.fields, message)
    },
  }
}
