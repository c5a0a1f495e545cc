import { isPromise } from 'node:util/types'
import { observe, startProcess, wrapMethod, type Destination, type Processing } from '@flowstitch/core'
import { consumerDestination, type TemporaryQueues } from '@flowstitch/dialects/rabbitmq'
import type { Message } from 'amqplib'
import { toldAnswer } from './answers.ts'
import { received } from './carrier.ts'
import type { OnMessage, TracedChannel } from './channel.ts'
import type { Delivery } from './deliveries.ts'
import { receivedFacts } from './message.ts'

/** Wraps the callbacks that messages are consumed with. */
export function wrapConsume(traced: TracedChannel): void {
  const { channel } = traced
  wrapMethod(channel, 'consume', (original) => (queue, onMessage, options, ...rest) => {
    const handler =
      typeof onMessage === 'function' ? tracedHandler(traced, queue, !!options?.noAck, onMessage) : onMessage
    return original.call(channel, queue, handler, options, ...rest)
  })
}

/** Closures stand apart: a call that is not traced makes none. */
function tracedHandler(traced: TracedChannel, queue: string, noAck: boolean, handler: OnMessage): OnMessage {
  const { kernel } = traced
  const source: Source = { queue, noAck, destinationOf: sharing(queue, kernel.temporary) }
  return function (this: unknown, message) {
    if (!message || !kernel.traces()) return handler.call(this, message)
    return handleMessage(traced, source, message, handler, this)
  }
}

/** What is known of what is consumed. */
interface Source {
  readonly queue: string
  readonly noAck: boolean
  readonly destinationOf: (message: Message) => Destination
}

/** Most messages come by the same way as the one before: deliveries in hand share its destination. */
function sharing(queue: string, temporary: TemporaryQueues): Source['destinationOf'] {
  let shared: Destination | undefined
  return ({ fields }) => {
    const own = consumerDestination(queue, fields, temporary)
    if (shared?.name !== own.name || shared.template !== own.template) shared = own
    return shared
  }
}

function handleMessage(
  traced: TracedChannel,
  { queue, noAck, destinationOf }: Source,
  message: Message,
  handler: OnMessage,
  self: unknown,
): unknown {
  const { kernel, deliveries } = traced
  const destination = destinationOf(message)
  if (!kernel.traces(destination.name)) return handler.call(self, message)
  const processing = startHandling(traced, queue, destination, message, 'consume')
  const delivery = { tag: message.fields.deliveryTag, destination, processing, endsWhenSettled: false }
  if (!noAck) deliveries.add(delivery)
  return handle(traced, delivery, processing, () => handler.call(self, message))
}

/** Starts the handling of a message that `consume` has brought, or else `get`. */
export function startHandling(
  { kernel, endpoint }: TracedChannel,
  queue: string,
  destination: Destination,
  message: Message,
  name: 'consume' | 'process',
): Processing {
  return startProcess(kernel, {
    name,
    destination,
    endpoint,
    message,
    facts: () => receivedFacts(queue, message, kernel.options),
    carrier: received,
    pulled: name === 'process',
    delivers: name === 'consume',
  })
}

/** The span ends with the handler's promise; without one, with the settlement, where one is to come. */
function handle(
  { deliveries }: TracedChannel,
  delivery: Delivery,
  processing: Processing,
  handler: () => unknown,
): unknown {
  let answer: unknown
  toldAnswer()
  try {
    answer = processing.run(handler)
  } catch (error) {
    processing.fail(error)
    throw error
  }
  const work = toldAnswer() ?? answer
  if (isPromise(work)) endWith(work, processing)
  else if (deliveries.has(delivery)) delivery.endsWhenSettled = true
  else processing.succeed()
  return answer
}

/** amqplib drops the promise: nobody else hears of what it rejects with. */
function endWith(work: Promise<unknown>, processing: Processing): void {
  void observe(
    () => work,
    () => processing.succeed(),
    (error) => processing.fail(error),
  )
}
