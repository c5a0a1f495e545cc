import { processPulled } from '@flowstitch/dialects/rabbitmq'
import type { Message } from 'amqplib'
import { instrument } from './client.ts'
import { amqpKernel, type AmqpOptions } from './message.ts'

/**
 * Traces what a connection's channels do from now on, or one channel's: `publish` and `sendToQueue` (until the
 * broker's confirmation, on confirm channels), `consume`, `get`, and what settles deliveries. It takes the
 * connections and channels of the promise and the callback API, and recovering connections.
 *
 * Where a library makes the connection, it takes what makes it, and traces all that is made from now on: a
 * manager of `amqp-connection-manager`, NestJS's `ServerRMQ` and `ClientRMQ`, and the modules `amqplib` and
 * `amqp-connection-manager` themselves as `require` gives them (or the default import of `amqplib`).
 *
 * The answer is the same object; a second time is a no-op. Nothing throws later that would not have thrown.
 *
 * @throws TypeError where it is given something else: a promise of a connection above all, a channel of
 * `amqp-connection-manager` (its manager can be traced), or an ES module (nobody can change one).
 */
export function instrumentAmqp<C extends AmqpClient>(client: C, options: AmqpOptions = {}): C {
  if (instrument(client, amqpKernel(options))) return client
  throw new TypeError(
    'instrumentAmqp takes a connection or a channel of amqplib, or what makes them: await connect() first',
  )
}

/**
 * Handles a message that `get` of an instrumented channel has brought, in a process span and a context of its
 * own. The answer is the handler's.
 */
export function processAmqp<R>(message: Message, handler: () => R): R {
  return processPulled(message, handler)
}

/** A connection or a channel of amqplib, of any of its interfaces and versions, or what makes connections. */
export type AmqpClient =
  | { createChannel(...args: never[]): unknown; createConfirmChannel(...args: never[]): unknown }
  | { publish(...args: never[]): boolean; consume(...args: never[]): unknown }
  | { createChannel(...args: never[]): unknown; isConnected(): boolean }
  | { createClient(...args: never[]): unknown }
  | { connect(...args: never[]): unknown }

export type { AmqpOptions } from './message.ts'
export type { Publication } from './carrier.ts'
