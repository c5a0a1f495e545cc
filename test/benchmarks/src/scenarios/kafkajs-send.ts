import type { Prepare } from '../scenario.ts'
import { kafkaOf } from './kafka-stub.ts'

/** `producer.send` with one message. */
export const prepare: Prepare = async (instrumentation) => {
  const producer = kafkaOf(instrumentation).kafka.producer()
  return {
    messages: 1,
    async run() {
      await producer.send({ topic: 'orders', messages: [{ key: 'order-42', value: '{"order":42}' }] })
    },
  }
}
