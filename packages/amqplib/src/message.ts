import type { Destination, InstrumentationOptions, MessageFacts } from '@flowstitch/core'
import { deathFacts, natural } from '@flowstitch/dialects/rabbitmq'
import type { Message } from 'amqplib'
import type { Publication } from './carrier.ts'
import type { TemporaryQueues } from './temporary.ts'

/** The options of all adapters; `onSend` gets what was published, `onProcess` the message of amqplib. */
export type AmqpOptions = InstrumentationOptions<Publication, Message>

/** Names that the broker makes up: of queues declared without one, and of direct replies. */
const GENERATED = /amq\.(?:gen-|rabbitmq\.reply-to\.)[^:]*/g
const DIRECT_REPLY = 'amq.rabbitmq.reply-to'

/** RabbitMQ conventions, `messaging.destination.name` of a producer. The default exchange leads to the queue of that name. */
export function producerDestination(
  exchange: string,
  routingKey: string,
  temporary: TemporaryQueues,
): Destination {
  return destination([exchange, routingKey], exchange === '' && temporary.has(routingKey) ? '' : undefined)
}

/** RabbitMQ conventions, `messaging.destination.name` of a consumer. */
export function consumerDestination(
  queue: string,
  { exchange, routingKey }: Message['fields'],
  temporary: TemporaryQueues,
): Destination {
  const repeated = queue === routingKey || (queue === DIRECT_REPLY && routingKey.startsWith(DIRECT_REPLY))
  const source = exchange && joined([exchange, repeated ? '' : routingKey])
  return destination([exchange, routingKey, repeated ? '' : queue], temporary.has(queue) ? source : undefined)
}

/** What `get` asks is a queue, before it is known how a message came there. */
export function queueDestination(queue: string, temporary: TemporaryQueues): Destination {
  return destination([queue], temporary.has(queue) ? '' : undefined)
}

function joined(parts: readonly string[]): string {
  return parts.filter(Boolean).join(':')
}

/** `lasting` is given for the way to a temporary queue: the part of it that does not go with the queue. */
function destination(parts: readonly string[], lasting: string | undefined): Destination {
  const name = joined(parts) || 'amq.default'
  if (lasting !== undefined) return { name, template: lasting || undefined, temporary: true }
  if (!name.includes('amq.')) return { name }
  const template = name.replace(GENERATED, (found) =>
    found.startsWith(DIRECT_REPLY) ? `${DIRECT_REPLY}.*` : 'amq.gen-*',
  )
  return template === name ? { name } : { name, template, temporary: true, anonymous: true }
}

/** What is known of a message before it is sent. */
export function sentFacts(
  { routingKey, content, options }: Publication,
  { captureBodySize = false }: AmqpOptions,
): MessageFacts {
  return {
    id: textOf(options?.messageId),
    conversationId: textOf(options?.correlationId),
    routingKey: textOf(routingKey),
    bodySize: captureBodySize ? content.length : undefined,
  }
}

/** What is known of a message that came from a queue; an empty name is that of a queue that is not known. */
export function receivedFacts(
  queue: string,
  { fields, properties, content }: Message,
  { captureBodySize = false }: AmqpOptions,
): MessageFacts {
  const headers: Readonly<Record<string, unknown>> = properties.headers ?? {}
  const { retries, ...deaths } = deathFacts(queue, headers)
  const byBroker = natural(headers['timestamp_in_ms'])
  const streamOffset = natural(headers['x-stream-offset'])
  const delay = headers['x-delay']
  return {
    id: textOf(properties.messageId),
    conversationId: textOf(properties.correlationId),
    routingKey: textOf(fields.routingKey),
    deliveryTag: fields.deliveryTag,
    bodySize: captureBodySize ? content.length : undefined,
    coordinate: streamOffset === undefined ? undefined : `rabbitmq/${queue}/${streamOffset}`,
    attempt: 1 + retries + redeliveries(fields.redelivered, headers),
    brokerTimeMs: byBroker,
    sentTimeMs: byBroker === undefined ? milliseconds(properties.timestamp) : undefined,
    // The plugin for delayed messages turns the sign around once it has delivered.
    delayMs: natural(typeof delay === 'number' ? Math.abs(delay) : delay),
    ...deaths,
  }
}

/** Quorum queues count them; of others it is known whether there was any. */
function redeliveries(redelivered: boolean, headers: Readonly<Record<string, unknown>>): number {
  return redelivered ? Math.max(1, natural(headers['x-delivery-count']) ?? 1) : 0
}

/** From here on a number of seconds would lie three thousand years ahead: it is one of milliseconds. */
const MILLISECONDS_FROM = 1e11

/** AMQP's timestamp is in seconds; `Date.now()` is what many producers put there. */
function milliseconds(timestamp: unknown): number | undefined {
  const value = natural(timestamp)
  return value === undefined || value >= MILLISECONDS_FROM ? value : value * 1000
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
