import type { Prepare } from '../scenario.ts'
import { channelOf } from './amqp-stub.ts'

/** `channel.sendToQueue` of one message. */
export const prepare: Prepare = async (instrumentation) => {
  const channel = await channelOf(instrumentation)
  const content = Buffer.from('{"order":42}')
  return {
    messages: 1,
    run() {
      channel.sendToQueue('payments', content, { headers: { tenant: 'blue' } })
    },
  }
}
