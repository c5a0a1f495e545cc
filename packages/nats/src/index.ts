import type { JetStreamClient } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { processOne, wrapSubscriber } from './consumer.ts'
import { wrapConsumers } from './jetstream.ts'
import type { NatsOptions, NatsReceived } from './message.ts'
import { wrapJetStreamPublisher, wrapPublisher } from './producer.ts'
import { tracingOfConnection, tracingOfJetStream } from './tracing.ts'

/**
 * Traces a connection (`publish`, `request`, the callbacks of `subscribe`) or a JetStream client (`publish`,
 * and of its consumers `next` and the callbacks of `consume`). A JetStream client has to be given by itself,
 * `instrumentNats(jetstream(nc))`: it reaches its connection by ways that tell nothing of streams. Without
 * options of its own it takes those of its connection. The answer is the same object; a second time is a
 * no-op. Nothing throws that the client would not have thrown.
 */
export function instrumentNats<C extends NatsConnection | JetStreamClient>(
  client: C,
  options?: NatsOptions,
): C {
  if (isJetStreamClient(client)) {
    const tracing = tracingOfJetStream(client, options)
    wrapJetStreamPublisher(client, tracing)
    wrapConsumers(client, tracing)
  } else {
    const tracing = tracingOfConnection(client, options ?? {})
    wrapPublisher(client, tracing)
    wrapSubscriber(client, tracing)
  }
  return client
}

/**
 * Handles a message in a process span and in the message's context, for loops of your own: over a
 * subscription, `consume()` or `fetch()`, or after `next()`. Settling the message within the handler or later
 * makes a span too. The answer is the handler's.
 */
export function processNats<M extends NatsReceived, R>(message: M, handler: (message: M) => R): R {
  return processOne(message, handler)
}

function isJetStreamClient(client: NatsConnection | JetStreamClient): client is JetStreamClient {
  return 'consumers' in client
}

/** The options of `instrumentNats`, and what its hooks get. */
export type { NatsOptions, NatsOutgoing, NatsReceived } from './message.ts'
