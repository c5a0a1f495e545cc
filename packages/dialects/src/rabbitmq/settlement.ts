import { settle, type Processing } from '@flowstitch/core'
import type { TracedChannel } from './channel.ts'

/** A call that tells what became of deliveries, as AMQP 0-9-1 has it (class `basic`). */
export interface Settlement {
  readonly name: 'ack' | 'nack' | 'reject' | 'recover'
  /** 0 stands for all there are, where `multiple` is set. */
  readonly deliveryTag: number
  /** All up to the tag. */
  readonly multiple: boolean
  /** Back to the queue is the default; else to its dead-letter exchange, or away. */
  readonly requeue?: boolean | undefined
}

/** Settles deliveries, in one span below the handling of the one or with links to all. */
export function settleDeliveries<A>(
  { kernel, endpoint, deliveries }: TracedChannel,
  { name, deliveryTag, multiple, requeue = true }: Settlement,
  call: () => A,
): A {
  const settled = deliveries.settledBy(deliveryTag, multiple)
  const [first] = settled
  if (!first) return call()
  const shared = settled.every(({ destination }) => destination.name === first.destination.name)
  const processings: Processing[] = []
  for (const { processing } of settled) if (processing) processings.push(processing)
  const operation = {
    name,
    outcome: name === 'ack' ? 'ack' : requeue ? 'requeue' : 'reject',
    endpoint,
    destination: shared ? first.destination : undefined,
    facts: multiple ? undefined : { deliveryTag },
    count: multiple ? settled.length : undefined,
    processings,
  }
  const answer = settle(kernel, operation, call)
  for (const delivery of settled) deliveries.settled(delivery)
  return answer
}
