import { wrapMethod } from '@flowstitch/core'
import { settleDeliveries, type Settlement } from '@flowstitch/dialects/rabbitmq'
import type { Message } from 'amqplib'
import type { AmqpChannel, AmqpTracing } from './channel.ts'

/** All that tells the broker what became of deliveries, and what that means. */
const SETTLEMENTS = {
  ack: (message?: Message, allUpTo?: boolean) => upTo('ack', message, allUpTo),
  ackAll: () => all('ack'),
  nack: (message?: Message, allUpTo?: boolean, requeue?: boolean) => upTo('nack', message, allUpTo, requeue),
  nackAll: (requeue?: boolean) => all('nack', requeue),
  reject: (message?: Message, requeue?: boolean) => upTo('reject', message, false, requeue),
  recover: () => all('recover'),
}

/** The tag alone counts: any object that has it may stand for the message. */
function upTo(name: Settlement['name'], message?: Message, allUpTo?: boolean, requeue?: boolean): Settlement {
  return { name, deliveryTag: message?.fields?.deliveryTag ?? NaN, multiple: !!allUpTo, requeue }
}

function all(name: Settlement['name'], requeue?: boolean): Settlement {
  return { name, deliveryTag: 0, multiple: true, requeue }
}

type Settling = Record<string, (...args: never[]) => unknown>

export function wrapSettlement(channel: AmqpChannel, traced: AmqpTracing): void {
  for (const [method, settlementOf] of Object.entries<(...args: never[]) => Settlement>(SETTLEMENTS)) {
    wrapMethod(
      channel as unknown as Settling,
      method,
      (original) =>
        (...args) =>
          traced.deliveries.none
            ? original.apply(channel, args)
            : settleDeliveries(traced, settlementOf(...args), original.bind(channel, ...args)),
    )
  }
}
