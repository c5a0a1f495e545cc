import type { Span } from '@opentelemetry/api'
import type { ConsumeMessage } from 'amqplib'
import { startProcess } from '../by-hand.ts'
import type { Prepare } from '../scenario.ts'
import { channelOf, delivered } from './amqp-network.ts'

/**
 * Deliveries that nobody settles. Their handlers have returned, and left the spans open until then; or they have
 * answered a promise, which is fulfilled.
 */
export function preparing(handler: () => void | Promise<void>): Prepare {
  return async (instrumentation, options) => {
    const channel = await channelOf(instrumentation, options)
    const open = new Map<number, Span | undefined>()
    const onMessage = (message: ConsumeMessage | null): unknown => {
      if (instrumentation !== 'by hand' || !message) return handler()
      const { fields, properties } = message
      const own = { 'rabbitmq.message.delivery_tag': fields.deliveryTag }
      const span = startProcess('rabbitmq', 'payments', own, properties.headers ?? {}, (started) => started)
      const work = handler()
      open.set(fields.deliveryTag, work ? undefined : span)
      return work?.finally(() => span.end())
    }
    await channel.consume('payments', onMessage)
    let tag = 0
    return {
      messages: 1,
      run() {
        const message = delivered(++tag)
        channel.dispatchMessage(message.fields, message)
      },
    }
  }
}
