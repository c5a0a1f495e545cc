import { isPromise } from 'node:util/types'
import { observe, startProcess, wrapMethod, type Processing } from '@flowstitch/core'
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

function tracedHandler(traced: TracedChannel, queue: string, noAck: boolean, handler: OnMessage): OnMessage {
  return function (this: unknown, message) {
    if (!message || !traced.kernel.traces()) return handler.call(this, message)
    const destination = consumerDestination(queue, message.fields, traced.kernel.temporary)
    if (!traced.kernel.traces(destination.name)) return handler.call(this, message)
    const processing = startProcess(traced.kernel, {
      name: 'consume',
      destination,
      endpoint: traced.endpoint,
      message,
      facts: () => receivedFacts(queue, message, traced.kernel.options),
      carrier: received,
      pulled: false,
      delivers: true,
    })
    const delivery = { tag: message.fields.deliveryTag, destination, processing, endsWhenSettled: false }
    if (!noAck) traced.deliveries.add(delivery)
    return handle(traced, delivery, processing, () => handler.call(this, message))
  }
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
