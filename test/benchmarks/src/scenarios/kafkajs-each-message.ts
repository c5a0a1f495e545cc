import type { EachMessagePayload } from 'kafkajs'
import { startProcess } from '../by-hand.ts'
import type { Prepare } from '../scenario.ts'
import { kafkaOf, received } from './kafka-network.ts'

/** An `eachMessage` handler that does nothing. */
export const prepare: Prepare = async (instrumentation, options) => {
  const { kafka, handlers } = kafkaOf(instrumentation, options)
  const nothing = async (): Promise<void> => {}
  await kafka.consumer({ groupId: 'workers' }).run({
    eachMessage: instrumentation === 'by hand' ? (payload) => byHand(payload, nothing) : nothing,
  })
  const { eachMessage } = handlers()
  const payload = { topic: 'orders', partition: 0, heartbeat: async () => {}, pause: () => () => {} }
  const messages = Array.from({ length: 1000 }, (_, offset) => received(offset))
  let n = 0
  return {
    messages: 1,
    async run() {
      const message = messages[n++ % messages.length] ?? received(0)
      await eachMessage?.({ ...payload, message } satisfies EachMessagePayload)
    },
  }
}

function byHand(
  { topic, partition, message }: EachMessagePayload,
  handler: () => Promise<void>,
): Promise<void> {
  const own = {
    'messaging.destination.partition.id': String(partition),
    'kafka.offset': Number(message.offset),
  }
  return startProcess('kafka', topic, own, message.headers ?? {}, async (span) => {
    await handler()
    span.end()
  })
}
