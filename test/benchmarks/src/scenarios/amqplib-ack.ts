import type { Span } from '@opentelemetry/api'
import type { ConsumeMessage } from 'amqplib'
import { startProcess } from '../by-hand.ts'
import type { Prepare } from '../scenario.ts'
import { channelOf, delivered } from './amqp-network.ts'

/** Oldest first is how one handler after the other acknowledges, any is how handlers of different lengths do. */
export type Order = 'oldest first' | 'newest first' | 'in any order'

/** `channel.ack` alone, while `open` more deliveries are in hand: what they took to come counts for nothing. */
export function preparing(open: number, order: Order): Prepare {
  return async (instrumentation, options) => {
    const channel = await channelOf(instrumentation, options)
    const byHand = instrumentation === 'by hand'
    const spans = new Map<number, Span>()
    const inHand: ConsumeMessage[] = []
    const chosen: ConsumeMessage[] = []
    await channel.consume('payments', (message) => {
      if (!message) return
      if (byHand) spans.set(message.fields.deliveryTag, startSpan(message))
      inHand.push(message)
    })
    let tag = 0
    const ready = (acks: number): void => {
      while (inHand.length < open + acks) {
        const message = delivered(++tag)
        channel.dispatchMessage(message.fields, message)
      }
      for (let n = 0; n < acks; n++) chosen.unshift(takers[order](inHand)!)
    }
    return {
      messages: 1,
      ready,
      run() {
        const message = chosen.pop()
        if (!message) throw new Error('there is nothing left to acknowledge')
        channel.ack(message)
        if (!byHand) return
        spans.get(message.fields.deliveryTag)?.end()
        spans.delete(message.fields.deliveryTag)
      },
    }
  }
}

/** How the delivery that is acknowledged next is taken from a list: the list shall cost little itself. */
const takers: Readonly<Record<Order, (list: ConsumeMessage[]) => ConsumeMessage | undefined>> = {
  'oldest first': (list) => list.shift(),
  'newest first': (list) => list.pop(),
  'in any order': (list) => {
    const place = ((list.length * 7919) % 10_007) % list.length
    const last = list.pop()
    if (place >= list.length || last === undefined) return last
    const taken = list[place]
    list[place] = last
    return taken
  },
}

function startSpan({ fields, properties }: ConsumeMessage): Span {
  const own = {
    'rabbitmq.destination.routing_key': fields.routingKey,
    'rabbitmq.message.delivery_tag': fields.deliveryTag,
  }
  return startProcess('rabbitmq', 'payments', own, properties.headers ?? {}, (span) => span)
}
