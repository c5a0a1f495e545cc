import { randomUUID } from 'node:crypto'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import type { SpanRecorder } from '@flowstitch/testing'
import { Kafka, logLevel, type Consumer, type ConsumerRunConfig, type Producer } from 'kafkajs'

export type Span = SpanRecorder['spans'][number]

export const isSend = ({ name }: Span): boolean => name.startsWith('send ')
export const isProcess = ({ name }: Span): boolean => name.startsWith('process ')
export const isCommit = ({ name }: Span): boolean => name.startsWith('commit ')

/** A client on the brokers under test, with topics and groups of its own; `close` ends whatever it opened. */
export class Workbench {
  readonly topic = `orders-${randomUUID()}`
  readonly groupId = `group-${randomUUID()}`
  readonly #closing: (() => Promise<void>)[] = []

  connect(): Kafka {
    return new Kafka({
      clientId: 'workbench',
      brokers: [brokersFromEnvironment().kafka],
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 50 },
    })
  }

  async createTopic(topic: string = this.topic, numPartitions = 1): Promise<void> {
    const admin = this.connect().admin()
    await admin.connect()
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions }] })
    await admin.disconnect()
  }

  async producer(kafka: Kafka, config?: Parameters<Kafka['producer']>[0]): Promise<Producer> {
    const producer = kafka.producer(config)
    await producer.connect()
    this.#closing.push(() => producer.disconnect())
    return producer
  }

  async run(kafka: Kafka, config: ConsumerRunConfig, topics: string[] = [this.topic]): Promise<Consumer> {
    const consumer = kafka.consumer({ groupId: this.groupId, maxWaitTimeInMs: 100 })
    await this.start(consumer, config, topics)
    return consumer
  }

  async start(consumer: Consumer, config: ConsumerRunConfig, topics: string[] = [this.topic]): Promise<void> {
    await consumer.connect()
    await consumer.subscribe({ topics, fromBeginning: true })
    this.#closing.unshift(() => consumer.disconnect())
    await consumer.run(config)
  }

  async close(): Promise<void> {
    for (const end of this.#closing.splice(0)) await end()
  }
}
