import { settle, wrapMethod, type Processing } from '@flowstitch/core'
import type { Message } from 'amqplib'
import type { TracedChannel } from './channel.ts'

/** A call that settles: its verb, and what becomes of the messages. */
interface Settlement {
  readonly name: 'ack' | 'nack' | 'reject' | 'recover'
  readonly outcome: 'ack' | 'reject' | 'requeue'
  readonly tag: number
  readonly multiple: boolean
}

const ALL = { tag: 0, multiple: true } as const

/** Wraps all that tells the broker what became of deliveries. */
export function wrapSettlement(traced: TracedChannel): void {
  const { channel, deliveries } = traced
  wrapMethod(channel, 'ack', (original) => (message, allUpTo) => {
    if (deliveries.none) return original.call(channel, message, allUpTo)
    const settlement = { name: 'ack', outcome: 'ack', ...upTo(message, allUpTo) } as const
    return settleDeliveries(traced, settlement, original, [message, allUpTo])
  })
  wrapMethod(channel, 'ackAll', (original) => () => {
    return settleDeliveries(traced, { name: 'ack', outcome: 'ack', ...ALL }, original, [])
  })
  wrapMethod(channel, 'nack', (original) => (message, allUpTo, requeue) => {
    const settlement = { name: 'nack', outcome: outcomeOf(requeue), ...upTo(message, allUpTo) } as const
    return settleDeliveries(traced, settlement, original, [message, allUpTo, requeue])
  })
  wrapMethod(channel, 'nackAll', (original) => (requeue) => {
    const settlement = { name: 'nack', outcome: outcomeOf(requeue), ...ALL } as const
    return settleDeliveries(traced, settlement, original, [requeue])
  })
  wrapMethod(channel, 'reject', (original) => (message, requeue) => {
    const settlement = { name: 'reject', outcome: outcomeOf(requeue), ...upTo(message, false) } as const
    return settleDeliveries(traced, settlement, original, [message, requeue])
  })
  wrapMethod(channel, 'recover', (original) => (...args) => {
    return settleDeliveries(traced, { name: 'recover', outcome: 'requeue', ...ALL }, original, args)
  })
}

/** The tag alone counts: any object that has it may stand for the message. */
function upTo(
  message: Message | undefined,
  allUpTo: boolean | undefined,
): { tag: number; multiple: boolean } {
  return { tag: message?.fields?.deliveryTag ?? NaN, multiple: !!allUpTo }
}

/** Back to the queue is the default; else to its dead-letter exchange, or away. */
function outcomeOf(requeue: boolean | undefined): 'requeue' | 'reject' {
  return requeue === undefined || requeue ? 'requeue' : 'reject'
}

function settleDeliveries<Args extends unknown[], A>(
  { channel, kernel, endpoint, deliveries }: TracedChannel,
  { name, outcome, tag, multiple }: Settlement,
  original: (...args: Args) => A,
  args: Args,
): A {
  const call = (): A => original.apply(channel, args)
  const settled = deliveries.settledBy(tag, multiple)
  const [first] = settled
  if (!first) return call()
  const shared = settled.every(({ destination }) => destination.name === first.destination.name)
  const processings: Processing[] = []
  for (const { processing } of settled) if (processing) processings.push(processing)
  const operation = {
    name,
    outcome,
    endpoint,
    destination: shared ? first.destination : undefined,
    facts: multiple ? undefined : { deliveryTag: tag },
    count: multiple ? settled.length : undefined,
    processings,
  }
  const answer = settle(kernel, operation, call)
  for (const delivery of settled) deliveries.settled(delivery)
  return answer
}
