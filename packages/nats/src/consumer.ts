import { extended, guard, startProcess, wrapMethod } from '@flowstitch/core'
import { isForAcknowledgement } from '@flowstitch/dialects/nats'
import type { MsgCallback, NatsConnection, Msg } from '@nats-io/nats-core'
import { receivedCarrier } from './carrier.ts'
import { isInternal } from './internal.ts'
import { isJetStream, receivedFacts, type NatsReceived } from './message.ts'
import { watchSettlement } from './settlement.ts'
import { tracingOfMessage, type Tracing } from './tracing.ts'

/** Wraps the callbacks of a connection's subscriptions. */
export function wrapSubscriber(nc: NatsConnection, tracing: Tracing): void {
  wrapMethod(nc, 'subscribe', (original) => (subject, options) => {
    if (isInternal() || !tracing.subscribes(subject)) return original.call(nc, subject, options)
    const callback = options?.callback
    const traced =
      typeof callback === 'function'
        ? extended(options, { callback: tracedCallback(tracing, callback) })
        : options
    const subscription = original.call(nc, subject, traced)
    guard('remembering a subscription', () => tracing.remember(subscription, options?.queue), undefined)
    return subscription
  })
}

function tracedCallback(tracing: Tracing, callback: MsgCallback<Msg>): MsgCallback<Msg> {
  return function (this: unknown, error, message) {
    // First whether there is anything to do: the client decodes headers when someone asks for them.
    if (error || !tracing.kernel.traces() || isOfJetStream(message))
      return callback.call(this, error, message)
    return handle(tracing, message, PUSHED, () => callback.call(this, error, message))
  }
}

/** What the server sends to a push consumer: its deliveries are handled later, its status messages never. */
function isOfJetStream(message: Msg): boolean {
  if (isForAcknowledgement(message.reply)) return true
  return guard('reading the status of a message', () => (message.headers?.code ?? 0) > 0, false)
}

/** Deliveries that a receive span has accounted for. */
const received = new WeakSet<NatsReceived>()

export function markReceived<M extends NatsReceived>(message: M): M {
  received.add(message)
  return message
}

/** Handles a message that the application has pulled or iterated to. */
export function processOne<M extends NatsReceived, R>(message: M, handler: (message: M) => R): R {
  const delivery = { pulled: true, delivers: !received.has(message) }
  return handle(tracingOfMessage(message), message, delivery, () => handler(message))
}

/** How a message came to be handled; see `ProcessOperation`. */
interface Delivery {
  readonly pulled: boolean
  readonly delivers: boolean
}

/** A callback's ambient context is none of its message's. */
export const PUSHED: Delivery = { pulled: false, delivers: true }

/** Handles a message in a process span, in the message's context. */
export function handle<R>(tracing: Tracing, message: NatsReceived, delivery: Delivery, handler: () => R): R {
  const { kernel } = tracing
  if (!kernel.traces(message.subject)) return handler()
  const described = guard(
    'describing a message',
    () => ({ ...tracing.arrival(message), facts: receivedFacts(message, kernel.options) }),
    { destination: tracing.destination(message.subject), endpoint: {}, facts: {} },
  )
  const processing = startProcess(kernel, {
    ...described,
    ...delivery,
    name: 'process',
    message,
    facts: () => described.facts,
    carrier: receivedCarrier,
  })
  if (isJetStream(message)) {
    const settlement = { ...described, processings: [processing] }
    guard('watching a message', () => watchSettlement(kernel, message, settlement), undefined)
  }
  return processing.handle(handler)
}
