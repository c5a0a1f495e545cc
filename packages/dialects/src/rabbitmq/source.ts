import { startProcess, type Destination, type MessageFacts, type Processing } from '@flowstitch/core'
import type { TracedChannel } from './channel.ts'
import type { Delivery } from './deliveries.ts'
import { consumerDestination } from './destination.ts'

/** A queue whose messages come by a channel. */
export class Source<M> {
  readonly channel: TracedChannel<never, M>
  readonly queue: string
  readonly facts: (message: M) => MessageFacts
  readonly #noAck: boolean
  #shared: Destination | undefined

  /** Set `noAck` where its messages are not to be settled. */
  constructor(channel: TracedChannel<never, M>, queue: string, noAck: boolean) {
    this.channel = channel
    this.queue = queue
    this.facts = (message) => channel.kernel.receivedFacts(queue, message)
    this.#noAck = noAck
  }

  /** Most messages come by the same way as the one before: deliveries in hand share its destination. */
  destinationOf(message: M): Destination {
    const { layout, temporary } = this.channel.kernel
    const own = consumerDestination(this.queue, layout.fields(message), temporary)
    const shared = this.#shared
    if (shared?.name === own.name && shared.template === own.template) return shared
    this.#shared = own
    return own
  }

  /** Where a message is to be traced: undefined where the user wants it left alone. */
  tracedDestinationOf(message: M): Destination | undefined {
    const { kernel } = this.channel
    if (!kernel.traces()) return undefined
    const destination = this.destinationOf(message)
    return kernel.traces(destination.name) ? destination : undefined
  }

  /** A delivery, in hand until it is settled, if it is to be. */
  deliver(message: M, destination: Destination, processing?: Processing): Delivery {
    const { kernel, deliveries } = this.channel
    const { deliveryTag = NaN } = kernel.layout.fields(message)
    const delivery = { tag: deliveryTag, destination, processing, endsWhenSettled: false }
    if (!this.#noAck) deliveries.add(delivery)
    return delivery
  }

  /** Starts the handling of a message that the broker has pushed, or else that was pulled. */
  start(message: M, destination: Destination, name: 'consume' | 'process'): Processing {
    const { kernel, endpoint } = this.channel
    const { facts } = this
    const pulled = name === 'process'
    const carrier = kernel.received
    const operation = { name, destination, endpoint, message, facts, carrier, pulled, delivers: !pulled }
    return startProcess(kernel, operation)
  }
}
