import { headerCarrier, mappedQueue, queueDestination, receivedFacts } from '@flowstitch/dialects/rabbitmq'
import { grouped } from './events.ts'
import type { EventSource } from '../source.ts'

/** A message of RabbitMQ in Amazon MQ, as Lambda gives it; its data is in base64. */
export interface RabbitMqRecord {
  basicProperties: {
    headers: Record<string, unknown> | null
    messageId?: string | null
    correlationId?: string | null
    contentType?: string | null
    timestamp?: string | null
  }
  redelivered: boolean
  data: string
}

const carrier = headerCarrier<RabbitMqRecord>((record) => record.basicProperties.headers)

export const rabbitmq: EventSource<RabbitMqRecord> = {
  system: 'rabbitmq',
  trigger: 'pubsub',
  names: ['aws:rmq'],
  deliveries: (event) =>
    grouped<RabbitMqRecord>(event, 'rmqMessagesByQueue', (_, key) =>
      key === undefined ? undefined : queueDestination(mappedQueue(key)),
    ),
  carrier: () => carrier,
  facts({ record, destination }, { captureBodySize }) {
    const { basicProperties, redelivered, data } = record
    const bodySize = captureBodySize ? Buffer.byteLength(data, 'base64') : undefined
    return receivedFacts(destination?.name ?? '', { redelivered }, basicProperties, bodySize)
  },
}
