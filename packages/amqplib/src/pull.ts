import { guard, observe, receive, wrapMethod } from '@flowstitch/core'
import { consumerDestination, queueDestination } from '@flowstitch/dialects/rabbitmq'
import type { Message } from 'amqplib'
import { received } from './carrier.ts'
import type { TracedChannel } from './channel.ts'
import { startHandling } from './consumer.ts'
import type { Delivery } from './deliveries.ts'
import { receivedFacts } from './message.ts'

interface Pulled {
  readonly traced: TracedChannel
  readonly queue: string
  readonly delivery: Delivery
}

/** Where the messages that `get` has brought came from, for `processAmqp`. */
const pulled = new WeakMap<Message, Pulled>()

type Answer = Message | false
type GetCallback = (error: unknown, answer: Answer) => unknown

/** Wraps `get`, of the promise and of the callback API. */
export function wrapGet(traced: TracedChannel): void {
  const { channel, kernel } = traced
  wrapMethod(channel, 'get', (original) => (queue, options, ...rest) => {
    if (!kernel.traces(queue)) return original.call(channel, queue, options, ...rest)
    const note = (answer: Answer): void => {
      if (!answer) return
      guard('noting a message', () => notePulled(traced, queue, answer, !!options?.noAck), undefined)
    }
    const [callback, ...others] = rest
    if (typeof callback !== 'function') {
      const call = (): Promise<Answer> => original.call(channel, queue, options, ...rest) as Promise<Answer>
      return observe(() => receiveOne(traced, queue, call), note)
    }
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    receiveOne(traced, queue, () => promise).catch(() => {})
    const answered: GetCallback = function (this: unknown, error, answer) {
      if (error) reject(error)
      else resolve(answer)
      note(answer)
      return (callback as GetCallback).call(this, error, answer)
    }
    return original.call(channel, queue, options, answered, ...others)
  })
}

function receiveOne(traced: TracedChannel, queue: string, call: () => Promise<Answer>): Promise<Answer> {
  const { kernel, endpoint } = traced
  const operation = {
    name: 'get',
    destination: queueDestination(queue, kernel.temporary),
    endpoint,
    carrier: received,
    single: true,
    messages: (answer: Answer) => (answer ? [answer] : []),
    facts: (message: Message) => ({
      destination: consumerDestination(queue, message.fields, traced.kernel.temporary),
      ...receivedFacts(queue, message, kernel.options),
    }),
  }
  return receive(kernel, operation, call)
}

function notePulled(traced: TracedChannel, queue: string, message: Message, noAck: boolean): void {
  const delivery: Delivery = {
    tag: message.fields.deliveryTag,
    destination: consumerDestination(queue, message.fields, traced.kernel.temporary),
    processing: undefined,
    endsWhenSettled: false,
  }
  if (!noAck) traced.deliveries.add(delivery)
  pulled.set(message, { traced, queue, delivery })
}

/** Handles a message that `get` has brought, in a process span and a context of its own. */
export function processPulled<R>(message: Message, handler: () => R): R {
  const known = pulled.get(message)
  if (!known) return handler()
  const { traced, queue, delivery } = known
  const processing = startHandling(traced, queue, delivery.destination, message, 'process')
  delivery.processing = processing
  return processing.handle(handler)
}
