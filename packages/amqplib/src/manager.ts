import { guard, keepContext, wrapMethod } from '@flowstitch/core'
import type { Options } from 'amqplib'
import type { OnMessage } from './channel.ts'
import type { AmqpKernel } from './kernel.ts'
import { tell } from './answers.ts'

/** A manager of connections, of `amqp-connection-manager`: it makes a new one whenever one is lost. */
interface Manager {
  readonly connection?: unknown
  isConnected(): boolean
  createChannel(...args: unknown[]): unknown
  prependListener(event: 'connect', listener: (event: { connection: unknown }) => void): unknown
}

/** Its channel, which lives on the channels of one connection after the other. */
interface ManagedChannel {
  publish(
    exchange: string,
    key: string,
    content: unknown,
    options?: Options.Publish,
    ...rest: unknown[]
  ): unknown
  sendToQueue(queue: string, content: unknown, options?: Options.Publish, ...rest: unknown[]): unknown
  consume(queue: string, onMessage: OnMessage, ...rest: unknown[]): unknown
  addSetup: unknown
}

export function isManager(client: unknown): client is Manager {
  const { createChannel, isConnected, prependListener } = (client ?? {}) as Partial<Manager>
  return [createChannel, isConnected, prependListener].every((method) => typeof method === 'function')
}

export function isManagedChannel(client: unknown): client is ManagedChannel {
  const { addSetup, publish } = (client ?? {}) as Partial<ManagedChannel>
  return typeof addSetup === 'function' && typeof publish === 'function'
}

const wrapped = new WeakSet<Manager>()

/** Its connections are instrumented as they come, before the channels that wait for them. */
export function wrapManager(manager: Manager, kernel: AmqpKernel, made: (connection: unknown) => void): void {
  if (wrapped.has(manager)) return
  wrapped.add(manager)
  manager.prependListener('connect', ({ connection }) => made(connection))
  made(manager.connection)
  wrapMethod(manager, 'createChannel', (original) => (...args) => {
    const channel = original.apply(manager, args)
    guard('instrumenting a managed channel', () => wrapManagedChannel(channel, kernel), undefined)
    return channel
  })
}

/** What it publishes waits for a connection, and for room: the context that it belongs to waits with it. */
function wrapManagedChannel(channel: unknown, kernel: AmqpKernel): void {
  if (!isManagedChannel(channel)) return
  const kept = (options: Options.Publish | undefined): Options.Publish | undefined =>
    kernel.traces() ? ({ ...options, [KEPT]: keepContext() } as Options.Publish) : options
  wrapMethod(
    channel,
    'publish',
    (original) =>
      (exchange, key, content, options, ...rest) =>
        original.call(channel, exchange, key, content, kept(options), ...rest),
  )
  wrapMethod(
    channel,
    'sendToQueue',
    (original) =>
      (queue, content, options, ...rest) =>
        original.call(channel, queue, content, kept(options), ...rest),
  )
  wrapMethod(
    channel,
    'consume',
    (original) =>
      (queue, onMessage, ...rest) =>
        original.call(channel, queue, telling(onMessage), ...rest),
  )
}

/** The manager drops the handler's answer, which may be the promise that the handling ends with. */
function telling(onMessage: OnMessage): OnMessage {
  if (typeof onMessage !== 'function') return onMessage
  return function (this: unknown, message) {
    return tell(onMessage.call(this, message))
  }
}

/** A symbol: managers copy it along with the options, and amqplib sends only what it knows by name. */
const KEPT = Symbol('flowstitch.context')

/** Publishes in the context that was kept in the options, where one was. */
export function inKeptContext<R>(options: Options.Publish | undefined, publish: () => R): R {
  const { [KEPT]: keep } = (options ?? {}) as { [KEPT]?: ReturnType<typeof keepContext> }
  return keep ? keep(publish) : publish()
}
