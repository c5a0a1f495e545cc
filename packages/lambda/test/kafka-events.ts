import { randomUUID } from 'node:crypto'
import { brokersFromEnvironment, createTopics } from '@flowstitch/brokers'
import type { MSKEvent, MSKRecord } from 'aws-lambda'
import { Kafka, logLevel, type KafkaMessage } from 'kafkajs'

export function connectKafka(): Kafka {
  return new Kafka({ brokers: [brokersFromEnvironment().kafka], logLevel: logLevel.NOTHING })
}

export async function createTopic(partitions = 1): Promise<string> {
  const topic = `orders-${randomUUID()}`
  const admin = connectKafka().admin()
  await admin.connect()
  await createTopics(admin, [{ topic, numPartitions: partitions }])
  await admin.disconnect()
  return topic
}

/** Reads a topic as Lambda does until there are so many records, and makes an event of them. */
export async function pollKafka(kafka: Kafka, topic: string, count: number): Promise<MSKEvent> {
  const consumer = kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 100 })
  const records: MSKEvent['records'] = {}
  let missing = count
  const all = Promise.withResolvers<void>()
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    async eachMessage({ partition, message }) {
      ;(records[`${topic}-${partition}`] ??= []).push(recordOf(topic, partition, message))
      if (--missing === 0) all.resolve()
    },
  })
  await all.promise
  await consumer.disconnect()
  return {
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:eu-west-1:123456789012:cluster/orders/uuid',
    bootstrapServers: 'b-1.orders:9092',
    records,
  }
}

function recordOf(topic: string, partition: number, message: KafkaMessage): MSKRecord {
  const { key, value, offset, timestamp, headers = {} } = message
  return {
    topic,
    partition,
    offset: Number(offset),
    timestamp: Number(timestamp),
    timestampType: 'CREATE_TIME',
    key: key?.toString('base64') as string,
    value: value?.toString('base64') as string,
    headers: Object.entries(headers).map(([name, bytes]) => ({ [name]: [...Buffer.from(bytes as Buffer)] })),
  }
}
