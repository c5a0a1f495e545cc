import { startSend } from '../by-hand.ts'
import type { Prepare } from '../scenario.ts'
import { channelOf } from './amqp-network.ts'

/** `channel.sendToQueue` of one message. */
export const prepare: Prepare = async (instrumentation, options) => {
  const channel = await channelOf(instrumentation, options)
  const content = Buffer.from('{"order":42}')
  if (instrumentation !== 'by hand') {
    return {
      messages: 1,
      run() {
        channel.sendToQueue('payments', content, { headers: { tenant: 'blue' } })
      },
    }
  }
  return {
    messages: 1,
    run() {
      const headers = { tenant: 'blue' }
      const own = { 'messaging.client.id': 'bench', 'rabbitmq.destination.routing_key': 'payments' }
      const span = startSend('rabbitmq', 'payments', own, headers)
      channel.sendToQueue('payments', content, { headers })
      span.end()
    },
  }
}
