import { EventEmitter } from 'node:events'
import { process, wrapMethod } from '@flowstitch/core'
import { payloadFacts, type RedisMessage } from '@flowstitch/dialects/redis'
import { receivedPayloadCarrier } from './carrier.ts'
import { arrivalOf, type Arrival } from './message.ts'
import type { RedisClient, Tracing } from './tracing.ts'

type Emit = (event: string | symbol, ...args: unknown[]) => boolean

/**
 * Hands messages of channels to their listeners, each in a process span of its own that ends with the listener's
 * work. The listeners stay those that the application has added, and may be removed as ever.
 */
export function wrapSubscriber(client: RedisClient, tracing: Tracing): void {
  wrapMethod(client as { emit: Emit }, 'emit', (original) => (event, ...args) => {
    const arrival = arrivalOf(tracing, event, args)
    if (!arrival) return original.call(client, event, ...args)
    const emit = (): boolean => original.call(client, event, ...arrival.args)
    const listeners = client.rawListeners(event)
    if (listeners.length === 0 || !tracing.kernel.traces(arrival.message.destination)) return emit()
    // Rejections of listeners are the emitter's to catch then, which it does not let others do.
    if (EventEmitter.captureRejections) return handle(tracing, arrival, true, emit)
    for (const [index, listener] of listeners.entries()) {
      handle(tracing, arrival, index === 0, () => Reflect.apply(listener, client, arrival.args) as unknown)
    }
    return true
  })
}

function handle<R>(
  { kernel, endpoint }: Tracing,
  { message, pattern }: Arrival,
  delivers: boolean,
  listener: () => R,
): R {
  const name = message.destination
  const operation = {
    name: 'process',
    destination: pattern === undefined ? { name } : { name, template: pattern },
    endpoint,
    message,
    facts: (one: RedisMessage) => payloadFacts(one, kernel.options),
    carrier: receivedPayloadCarrier,
    pulled: false,
    delivers,
  }
  return process(kernel, operation, listener)
}
