import { guard, receive, type MessageFacts } from '@flowstitch/core'
import type { Delivery } from './deliveries.ts'
import { queueDestination } from './destination.ts'
import type { Source } from './source.ts'

/** The message that the broker had for who asked, if it had any. */
export type Pulled<M> = M | false | null | undefined

interface Origin {
  readonly source: Source<unknown>
  readonly delivery: Delivery
}

/** Where pulled messages came from, for those who handle them. */
const origins = new WeakMap<object, Origin>()

/** Asks a queue for one message (AMQP 0-9-1, `basic.get`). One that the user wants left alone counts as none. */
export function pull<M, A extends Pulled<M>>(source: Source<M>, call: () => Promise<A>): Promise<A> {
  const { kernel, endpoint } = source.channel
  const operation = {
    name: 'get',
    destination: queueDestination(source.queue, kernel.temporary),
    endpoint,
    carrier: kernel.received,
    single: true,
    messages: (answer: Pulled<M>) => (answer && source.tracedDestinationOf(answer) ? [answer] : []),
    facts: (message: M): MessageFacts => ({
      destination: source.destinationOf(message),
      ...source.facts(message),
    }),
  }
  return receive(kernel, operation, call)
}

/** Notes what a pull has brought, before anybody handles or settles it. */
export function notePulled<M extends object>(source: Source<M>, message: Pulled<M>): void {
  if (!message) return
  guard(
    'noting a message',
    () => {
      const destination = source.tracedDestinationOf(message)
      if (!destination) return
      const delivery = source.deliver(message, destination)
      origins.set(message, { source, delivery } as Origin)
    },
    undefined,
  )
}

/** Handles a message that a pull has brought, in a process span and a context of its own. */
export function processPulled<R>(message: object, handler: () => R): R {
  const origin = origins.get(message)
  if (!origin) return handler()
  const { source, delivery } = origin
  const processing = source.start(message, delivery.destination, 'process')
  delivery.processing = processing
  return processing.handle(handler)
}
