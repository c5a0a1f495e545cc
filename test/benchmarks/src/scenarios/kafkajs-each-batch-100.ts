import type { EachBatchPayload } from 'kafkajs'
import { startBatch } from '../by-hand.ts'
import type { Prepare } from '../scenario.ts'
import { kafkaOf, received } from './kafka-network.ts'

/** An `eachBatch` handler that does nothing with a hundred messages. */
export const prepare: Prepare = async (instrumentation, options) => {
  const { kafka, handlers } = kafkaOf(instrumentation, options)
  await kafka.consumer({ groupId: 'workers' }).run({
    eachBatch: instrumentation === 'by hand' ? byHand : async () => {},
  })
  const { eachBatch } = handlers()
  const messages = Array.from({ length: 100 }, (_, offset) => received(offset))
  return {
    messages: messages.length,
    async run() {
      const batch = { topic: 'orders', partition: 0, highWatermark: '100', messages }
      await eachBatch?.({ batch } as unknown as EachBatchPayload)
    },
  }
}

async function byHand({ batch }: EachBatchPayload): Promise<void> {
  const headers = batch.messages.map((message) => message.headers ?? {})
  startBatch('kafka', batch.topic, headers).end()
}
