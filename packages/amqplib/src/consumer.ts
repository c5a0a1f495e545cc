import { wrapMethod, type Destination } from '@flowstitch/core'
import { consume, Source } from '@flowstitch/dialects/rabbitmq'
import type { Message } from 'amqplib'
import { toldAnswer } from './answers.ts'
import type { AmqpChannel, AmqpTracing, OnMessage } from './channel.ts'

/** Wraps the callbacks that messages are consumed with. */
export function wrapConsume(channel: AmqpChannel, traced: AmqpTracing): void {
  wrapMethod(channel, 'consume', (original) => (queue, onMessage, options, ...rest) => {
    const handler =
      typeof onMessage === 'function' ? tracedHandler(traced, queue, !!options?.noAck, onMessage) : onMessage
    return original.call(channel, queue, handler, options, ...rest)
  })
}

/** Closures stand apart: a call that is not traced makes none. */
function tracedHandler(traced: AmqpTracing, queue: string, noAck: boolean, handler: OnMessage): OnMessage {
  const source = new Source(traced, queue, noAck)
  return function (this: unknown, message) {
    const destination = message && source.tracedDestinationOf(message)
    return destination ? handle(source, message, destination, handler, this) : handler.call(this, message)
  }
}

function handle(
  source: Source<Message>,
  message: Message,
  destination: Destination,
  handler: OnMessage,
  self: unknown,
): unknown {
  const run = (): unknown => {
    toldAnswer()
    return handler.call(self, message)
  }
  return consume(source, message, destination, run, workOf)
}

/** What a manager between us and the handler has dropped counts for more than what it answers itself. */
function workOf(answer: unknown): unknown {
  return toldAnswer() ?? answer
}
