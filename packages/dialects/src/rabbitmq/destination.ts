import type { Destination } from '@flowstitch/core'
import type { TemporaryQueues } from './temporary.ts'

/** Names that the broker makes up: of queues declared without one, and of direct replies. */
const GENERATED = /amq\.(?:gen-|rabbitmq\.reply-to\.)[^:]*/g
const DIRECT_REPLY = 'amq.rabbitmq.reply-to'

/** The way that a message has come, as far as it is told. */
export interface Route {
  readonly exchange?: string
  readonly routingKey?: string
}

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
  { exchange = '', routingKey = '' }: Route,
  temporary: TemporaryQueues,
): Destination {
  const repeated = queue === routingKey || (queue === DIRECT_REPLY && routingKey.startsWith(DIRECT_REPLY))
  const source = exchange && joined([exchange, repeated ? '' : routingKey])
  return destination([exchange, routingKey, repeated ? '' : queue], temporary.has(queue) ? source : undefined)
}

/** A queue whose messages have come by ways that are not known, or not yet. */
export function queueDestination(queue: string, temporary?: TemporaryQueues): Destination {
  return destination([queue], temporary?.has(queue) ? '' : undefined)
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
