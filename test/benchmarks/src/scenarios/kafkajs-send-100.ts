import type { Prepare } from '../scenario.ts'
import { kafkaOf } from './kafka-stub.ts'

/** `producer.send` with a hundred messages. */
export const prepare: Prepare = async (instrumentation) => {
  const producer = kafkaOf(instrumentation).kafka.producer()
  const keys = Array.from({ length: 100 }, (_, n) => `order-${n}`)
  return {
    messages: 100,
    async run() {
      await producer.send({ topic: 'orders', messages: keys.map((key) => ({ key, value: '{"order":42}' })) })
    },
  }
}
