import { isPromise } from 'node:util/types'
import { observe, startProcess, wrapMethod, type Processing } from '@flowstitch/core'
import type { Message } from 'amqplib'
import { toldAnswer } from './answers.ts'
import { received } from './carrier.ts'
import type { OnMessage, TracedChannel } from './channel.ts'
import type { Delivery } from './deliveries.ts'
import { consumerDestination, receivedFacts } from './message.ts'

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
  return function (this: unknown, message) {
    if (!message || !kernel.traces()) return handler.call(this, message)
    return handleMessage(traced, queue, noAck, message, handler, this)
  }
}

function handleMessage(
  traced: TracedChannel,
  queue: string,
  noAck: boolean,
  message: Message,
  handler: OnMessage,
  self: unknown,
): unknown {
  const { kernel, endpoint, deliveries } = traced
  const destination = consumerDestination(queue, message.fields, kernel.temporary)
  if (!kernel.traces(destination.name)) return handler.call(self, message)
  const processing = startProcess(kernel, {
    name: 'consume',
    destination,
    endpoint,
    message,
    facts: () => receivedFacts(queue, message, kernel.options),
    carrier: received,
    pulled: false,
    delivers: true,
  })
  const delivery = { tag: message.fields.deliveryTag, destination, processing, endsWhenSettled: false }
  if (!noAck) deliveries.add(delivery)
  return handle(traced, delivery, processing, () => handler.call(self, message))
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
