import { randomUUID } from 'node:crypto'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import { connect, type ChannelModel, type GetMessage } from 'amqplib'
import type { RabbitMqRecord } from '../src/index.ts'

export interface RabbitMqEvent {
  eventSource: 'aws:rmq'
  eventSourceArn: string
  rmqMessagesByQueue: Record<string, RabbitMqRecord[]>
}

export function connectAmqp(): Promise<ChannelModel> {
  return connect(brokersFromEnvironment().amqp)
}

export function uniqueQueue(): string {
  return `orders-${randomUUID()}`
}

/** Takes so many messages out of a queue as Lambda does, and makes an event of them. */
export async function pollRabbitMq(
  connection: ChannelModel,
  queue: string,
  count: number,
): Promise<RabbitMqEvent> {
  const channel = await connection.createChannel()
  const records: RabbitMqRecord[] = []
  while (records.length < count) {
    const message = await channel.get(queue, { noAck: true })
    if (message) records.push(recordOf(message))
  }
  await channel.close()
  return {
    eventSource: 'aws:rmq',
    eventSourceArn: 'arn:aws:mq:eu-west-1:123456789012:broker:orders:b-1',
    rmqMessagesByQueue: { [`${queue}::/`]: records },
  }
}

/** Lambda writes text as bytes, numbers as they are. */
function headerOf(value: unknown): unknown {
  if (typeof value === 'string') return { bytes: [...Buffer.from(value)] }
  return value
}

function recordOf({ content, fields, properties }: GetMessage): RabbitMqRecord {
  const headers = Object.entries((properties.headers ?? {}) as object).map(([name, value]) => [
    name,
    headerOf(value),
  ])
  return {
    basicProperties: {
      contentType: (properties.contentType as string | undefined) ?? null,
      headers: Object.fromEntries(headers) as Record<string, unknown>,
      correlationId: null,
      messageId: (properties.messageId as string | undefined) ?? null,
      timestamp: null,
    },
    redelivered: fields.redelivered,
    data: content.toString('base64'),
  }
}
