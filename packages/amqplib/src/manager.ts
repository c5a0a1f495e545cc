import { extended, guard, keepContext, wrapMethod } from '@flowstitch/core'
import type { Options } from 'amqplib'
import { tell } from './answers.ts'
import type { OnMessage } from './channel.ts'
import type { AmqpKernel } from './message.ts'
import { hasMethods, isFirstTime, type Call } from './methods.ts'

/** A manager of connections, of `amqp-connection-manager`: it makes a new one whenever one is lost. */
interface Manager {
  readonly connection?: unknown
  createChannel(...args: unknown[]): unknown
  prependListener(event: 'connect', listener: (event: { connection: unknown }) => void): unknown
}

export function isManager(client: unknown): client is Manager {
  return hasMethods(client, 'createChannel', 'isConnected', 'prependListener')
}

/** Its channels live on the channels of one connection after the other. */
export function isManagedChannel(client: unknown): client is Record<string, Call> {
  return hasMethods(client, 'addSetup', 'publish')
}

/** Its connections are instrumented as they come, before the channels that wait for them. */
export function wrapManager(manager: Manager, kernel: AmqpKernel, made: (connection: unknown) => void): void {
  if (!isFirstTime(manager)) return
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
  const kept = (options: unknown): unknown =>
    kernel.traces() ? extended(options as Options.Publish, { [KEPT]: keepContext() }) : options
  replaceArgument(channel, 'publish', 3, kept)
  replaceArgument(channel, 'sendToQueue', 2, kept)
  replaceArgument(channel, 'consume', 1, telling)
}

function replaceArgument(
  channel: Record<string, Call>,
  method: string,
  place: number,
  replace: (argument: unknown) => unknown,
): void {
  wrapMethod(channel, method, (original) => (...args) => {
    args[place] = replace(args[place])
    return original.apply(channel, args)
  })
}

/** The manager drops the handler's answer, which may be the promise that the handling ends with. */
function telling(onMessage: unknown): unknown {
  if (typeof onMessage !== 'function') return onMessage
  return function (this: unknown, ...args: Parameters<OnMessage>) {
    return tell((onMessage as OnMessage).apply(this, args))
  }
}

/** A symbol: managers copy it along with the options, and amqplib sends only what it knows by name. */
const KEPT = Symbol('flowstitch.context')

/** Publishes in the context that was kept in the options, where one was. */
export function inKeptContext<R>(options: Options.Publish | undefined, publish: () => R): R {
  const { [KEPT]: keep } = (options ?? {}) as { [KEPT]?: ReturnType<typeof keepContext> }
  return keep ? keep(publish) : publish()
}
