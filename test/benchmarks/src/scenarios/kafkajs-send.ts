import { startSend } from '../by-hand.ts'
import type { Prepare } from '../scenario.ts'
import { kafkaOf } from './kafka-network.ts'

/** `producer.send` with one message. */
export const prepare: Prepare = async (instrumentation, options) => {
  const producer = kafkaOf(instrumentation, options).kafka.producer()
  const message = { key: 'order-42', value: '{"order":42}' }
  if (instrumentation !== 'by hand') {
    return {
      messages: 1,
      async run() {
        await producer.send({ topic: 'orders', messages: [{ ...message }] })
      },
    }
  }
  return {
    messages: 1,
    async run() {
      const headers = {}
      const own = { 'messaging.client.id': 'bench', 'kafka.message.key': message.key }
      const span = startSend('kafka', 'orders', own, headers)
      await producer.send({ topic: 'orders', messages: [{ ...message, headers }] })
      span.end()
    },
  }
}
