import type { Span } from '@opentelemetry/api'
import type { ConsumeMessage } from 'amqplib'
import { startProcess } from '../by-hand.ts'
import type { Prepare } from '../scenario.ts'
import { channelOf, delivered } from './amqp-stub.ts'

/**
 * A consumer that has `open` deliveries in hand and acknowledges them in no order, one for each that comes: as
 * with a large prefetch count and handlers of different lengths.
 */
export function preparing(open: number): Prepare {
  return async (instrumentation, options) => {
    const channel = await channelOf(instrumentation, options)
    const byHand = instrumentation === 'by hand'
    const spans = new Map<number, Span>()
    const inHand: ConsumeMessage[] = []
    await channel.consume('payments', (message) => {
      if (!message) return
      if (byHand) spans.set(message.fields.deliveryTag, startSpan(message))
      inHand.push(message)
    })
    let tag = 0
    const deliver = (): void => {
      const message = delivered(++tag)
      channel.dispatchMessage(message.fields, message)
    }
    while (inHand.length < open) deliver()
    return {
      messages: 1,
      run() {
        deliver()
        const chosen = takeAt(inHand, (tag * 7919) % inHand.length)
        if (!chosen) return
        channel.ack(chosen)
        if (!byHand) return
        spans.get(chosen.fields.deliveryTag)?.end()
        spans.delete(chosen.fields.deliveryTag)
      },
    }
  }
}

function startSpan({ fields, properties }: ConsumeMessage): Span {
  const own = {
    'rabbitmq.destination.routing_key': fields.routingKey,
    'rabbitmq.message.delivery_tag': fields.deliveryTag,
  }
  return startProcess('rabbitmq', 'payments', own, properties.headers ?? {}, (span) => span)
}

/** The last takes the place of what is taken: the list itself shall cost nothing. */
function takeAt<T>(list: T[], place: number): T | undefined {
  const taken = list[place]
  const last = list.pop()
  if (place < list.length && last !== undefined) list[place] = last
  return taken
}
