import type { MessageFacts } from '@flowstitch/core'
import { deathFacts } from './deaths.ts'
import type { Route } from './destination.ts'
import { natural, timeOf, type Table } from './values.ts'

/** What comes with a delivery (AMQP 0-9-1, `basic.deliver` and `basic.get-ok`), as far as it is told. */
export interface DeliveryFields extends Route {
  readonly deliveryTag?: number
  readonly redelivered?: boolean
}

/** The properties of a message, which anybody writes (AMQP 0-9-1, class `basic`). */
export interface Properties {
  readonly headers?: unknown
  readonly messageId?: unknown
  readonly correlationId?: unknown
  readonly timestamp?: unknown
}

/** What is known of a message before it is sent. */
export function sentFacts(
  routingKey: string,
  properties: Properties | null | undefined,
  bodySize?: number,
): MessageFacts {
  return {
    id: nonEmpty(properties?.messageId),
    conversationId: nonEmpty(properties?.correlationId),
    routingKey: nonEmpty(routingKey),
    bodySize,
  }
}

/** What is known of a message that came from a queue; an empty name is that of a queue that is not known. */
export function receivedFacts(
  queue: string,
  fields: DeliveryFields,
  properties: Properties,
  bodySize?: number,
): MessageFacts {
  const headers = (properties.headers ?? {}) as Table
  const { retries, ...deaths } = deathFacts(queue, headers)
  const byBroker = natural(headers['timestamp_in_ms'])
  const streamOffset = natural(headers['x-stream-offset'])
  const delay = headers['x-delay']
  return {
    id: nonEmpty(properties.messageId),
    conversationId: nonEmpty(properties.correlationId),
    routingKey: nonEmpty(fields.routingKey),
    deliveryTag: fields.deliveryTag,
    bodySize,
    coordinate: streamOffset === undefined ? undefined : `rabbitmq/${queue}/${streamOffset}`,
    attempt: 1 + retries + redeliveries(fields.redelivered, headers),
    brokerTimeMs: byBroker,
    sentTimeMs: byBroker === undefined ? timeOf(properties.timestamp) : undefined,
    // The plugin for delayed messages turns the sign around once it has delivered.
    delayMs: natural(typeof delay === 'number' ? Math.abs(delay) : delay),
    ...deaths,
  }
}

/** Quorum queues count them; of others it is known whether there was any. */
function redeliveries(redelivered: boolean | undefined, headers: Table): number {
  return redelivered ? Math.max(1, natural(headers['x-delivery-count']) ?? 1) : 0
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
