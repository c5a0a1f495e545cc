import { Kernel, observe, wrapMethod } from '@flowstitch/core'
import type { Message } from 'amqplib'
import { TracedChannel, type AmqpChannel } from './channel.ts'
import { wrapConsume } from './consumer.ts'
import { amqpErrorCode } from './errors.ts'
import type { AmqpKernel, AmqpOptions } from './message.ts'
import { wrapPublish } from './producer.ts'
import { processPulled, wrapGet } from './pull.ts'
import { wrapSettlement } from './settlement.ts'

/**
 * Traces the channels that a connection makes from now on, or one channel: `publish` and `sendToQueue` (until
 * the broker's confirmation, on confirm channels), `consume`, `get`, and what settles deliveries. It takes the
 * connections and channels of the promise and the callback API, and recovering connections. The answer is the
 * same object; a second time is a no-op. Nothing throws later that amqplib would not have thrown.
 *
 * @throws TypeError where it is given something else, a promise of a connection above all.
 */
export function instrumentAmqp<C extends AmqpClient>(client: C, options: AmqpOptions = {}): C {
  const kernel: AmqpKernel = new Kernel({
    system: 'rabbitmq',
    scope: '@flowstitch/amqplib',
    options,
    classifyError: amqpErrorCode,
  })
  if (isChannel(client)) wrapChannel(client, kernel)
  else if (isConnection(client)) wrapConnection(client, kernel)
  else throw new TypeError('instrumentAmqp takes a connection or a channel of amqplib: await connect() first')
  return client
}

/**
 * Handles a message that `get` of an instrumented channel has brought, in a process span and a context of its
 * own. The answer is the handler's.
 */
export function processAmqp<R>(message: Message, handler: () => R): R {
  return processPulled(message, handler)
}

interface AmqpConnection {
  createChannel(...args: unknown[]): unknown
  createConfirmChannel(...args: unknown[]): unknown
}

function isConnection(client: unknown): client is AmqpConnection {
  return typeof (client as Partial<AmqpConnection> | undefined)?.createConfirmChannel === 'function'
}

function isChannel(client: unknown): client is AmqpChannel {
  const { publish, consume } = (client ?? {}) as Partial<AmqpChannel>
  return typeof publish === 'function' && typeof consume === 'function'
}

/** The promise API answers with the promise of a channel, the callback API with the channel. */
function wrapConnection(connection: AmqpConnection, kernel: AmqpKernel): void {
  for (const name of ['createChannel', 'createConfirmChannel'] as const) {
    wrapMethod(
      connection,
      name,
      (original) =>
        (...args) =>
          observe(
            () => original.apply(connection, args),
            (channel) => {
              if (isChannel(channel)) wrapChannel(channel, kernel)
            },
            () => {},
          ),
    )
  }
}

const wrapped = new WeakSet<AmqpChannel>()

function wrapChannel(channel: AmqpChannel, kernel: AmqpKernel): void {
  if (wrapped.has(channel)) return
  wrapped.add(channel)
  const traced = new TracedChannel(channel, kernel)
  wrapPublish(traced)
  wrapConsume(traced)
  wrapGet(traced)
  wrapSettlement(traced)
}

/** A connection or a channel of amqplib, of any of its interfaces and versions. */
export type AmqpClient =
  | { createChannel(...args: never[]): unknown; createConfirmChannel(...args: never[]): unknown }
  | { publish(...args: never[]): boolean; consume(...args: never[]): unknown }

export type { AmqpOptions } from './message.ts'
export type { Publication } from './carrier.ts'
