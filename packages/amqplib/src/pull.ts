import { observe, wrapMethod } from '@flowstitch/core'
import { notePulled, pull, Source } from '@flowstitch/dialects/rabbitmq'
import type { Message } from 'amqplib'
import type { AmqpChannel, AmqpTracing } from './channel.ts'

type Answer = Message | false
type GetCallback = (error: unknown, answer: Answer) => unknown

/** Wraps `get`, of the promise and of the callback API. */
export function wrapGet(channel: AmqpChannel, traced: AmqpTracing): void {
  wrapMethod(channel, 'get', (original) => (queue, options, ...rest) => {
    if (!traced.kernel.traces(queue)) return original.call(channel, queue, options, ...rest)
    const source = new Source(traced, queue, !!options?.noAck)
    const note = (answer: Answer): void => notePulled(source, answer)
    const [callback, ...others] = rest
    if (typeof callback !== 'function') {
      const call = (): Promise<Answer> => original.call(channel, queue, options, ...rest) as Promise<Answer>
      return observe(() => pull(source, call), note)
    }
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    pull(source, () => promise).catch(() => {})
    const answered: GetCallback = function (this: unknown, error, answer) {
      if (error) reject(error)
      else resolve(answer)
      note(answer)
      return (callback as GetCallback).call(this, error, answer)
    }
    return original.call(channel, queue, options, answered, ...others)
  })
}
