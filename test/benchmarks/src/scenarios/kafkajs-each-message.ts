import type { EachMessagePayload } from 'kafkajs'
import type { Prepare } from '../scenario.ts'
import { kafkaOf, received } from './kafka-stub.ts'

/** An `eachMessage` handler that does nothing. */
export const prepare: Prepare = async (instrumentation) => {
  const { kafka, handlers } = kafkaOf(instrumentation)
  await kafka.consumer({ groupId: 'workers' }).run({ eachMessage: async () => {} })
  const { eachMessage } = handlers()
  const payload = { topic: 'orders', partition: 0, heartbeat: async () => {}, pause: () => () => {} }
  const message = received(42)
  return {
    messages: 1,
    async run() {
      await eachMessage?.({ ...payload, message } satisfies EachMessagePayload)
    },
  }
}
