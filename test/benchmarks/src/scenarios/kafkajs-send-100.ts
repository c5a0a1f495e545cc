import { startSend } from '../by-hand.ts'
import type { Prepare } from '../scenario.ts'
import { kafkaOf } from './kafka-network.ts'

/** `producer.send` with a hundred messages. */
export const prepare: Prepare = async (instrumentation, options) => {
  const producer = kafkaOf(instrumentation, options).kafka.producer()
  const keys = Array.from({ length: 100 }, (_, n) => `order-${n}`)
  const value = '{"order":42}'
  if (instrumentation !== 'by hand') {
    return {
      messages: keys.length,
      async run() {
        await producer.send({ topic: 'orders', messages: keys.map((key) => ({ key, value })) })
      },
    }
  }
  return {
    messages: keys.length,
    async run() {
      const traced = keys.map((key) => {
        const headers = {}
        const own = { 'messaging.client.id': 'bench', 'kafka.message.key': key }
        const span = startSend('kafka', 'orders', own, headers)
        return { span, message: { key, value, headers } }
      })
      await producer.send({ topic: 'orders', messages: traced.map(({ message }) => message) })
      for (const { span } of traced) span.end()
    },
  }
}
