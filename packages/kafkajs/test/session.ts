import { randomUUID } from 'node:crypto'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import type { AdapterUnderTest, TestMessage, TestSession } from '@flowstitch/testing'
import { logLevel, type Kafka, type KafkaMessage, type Message } from 'kafkajs'
import { instrumentKafka, processKafka, type KafkaOptions } from '../src/index.ts'
import type { KafkaClass } from './support.ts'

function connect(Client: KafkaClass): Kafka {
  return new Client({
    clientId: 'conformance',
    brokers: [brokersFromEnvironment().kafka],
    logLevel: logLevel.NOTHING,
    retry: { retries: 8, initialRetryTime: 50 },
  })
}

function outgoing({ body, headers }: TestMessage): Message {
  return { value: body, headers: { ...headers } }
}

function incoming(message: KafkaMessage): TestMessage {
  const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)])
  return { body: String(message.value), headers: Object.fromEntries(headers) as Record<string, string> }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Buffer.isBuffer(value)) {
    for (const inner of Object.values(value)) deepFreeze(inner)
    Object.freeze(value)
  }
  return value
}

async function openSession(Client: KafkaClass, kafka: Kafka): Promise<TestSession> {
  const topic = `conformance-${randomUUID()}`
  const bare = connect(Client)
  const admin = bare.admin()
  await admin.connect()
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1 }] })
  const producer = kafka.producer()
  const bareProducer = bare.producer()
  await Promise.all([producer.connect(), bareProducer.connect()])
  const closing: (() => Promise<void>)[] = [
    () => producer.disconnect(),
    () => bareProducer.disconnect(),
    () => admin.disconnect(),
  ]

  const subscribe = async (client: Kafka) => {
    const consumer = client.consumer({
      groupId: `group-${randomUUID()}`,
      maxWaitTimeInMs: 100,
      retry: { retries: 0 },
    })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    closing.unshift(() => consumer.disconnect())
    return consumer
  }

  return {
    destination: topic,
    send: (message, { freeze = false } = {}) => {
      const record = { topic, messages: [outgoing(message)] }
      return producer.send(freeze ? deepFreeze(record) : record)
    },
    sendBatch: (messages) => producer.send({ topic, messages: messages.map(outgoing) }),
    sendBare: async (message) => {
      await bareProducer.send({ topic, messages: [outgoing(message)] })
    },
    async consume(handler) {
      const consumer = await subscribe(kafka)
      await consumer.run({ eachMessage: async ({ message }) => void (await handler(incoming(message))) })
    },
    async consumeBatches(handler) {
      const consumer = await subscribe(kafka)
      await consumer.run({
        eachBatch: async ({ batch }) => {
          await handler(batch.messages.map(incoming), (index, handle) =>
            processKafka(batch, batch.messages[index] as KafkaMessage, handle),
          )
        },
      })
    },
    async readBare() {
      const consumer = await subscribe(bare)
      return new Promise((resolve, reject) => {
        consumer.run({ eachMessage: async ({ message }) => resolve(incoming(message)) }).catch(reject)
      })
    },
    async close() {
      for (const end of closing.splice(0)) await end()
    },
  }
}

/** The adapter on one version of kafkajs. */
export function kafkajs(Client: KafkaClass): AdapterUnderTest {
  return {
    name: 'kafkajs',
    system: 'kafka',
    sendOperation: 'send',
    processOperation: 'process',
    open: (options) => openSession(Client, instrumentKafka(connect(Client), options as KafkaOptions)),
    openTwice: () => openSession(Client, instrumentKafka(instrumentKafka(connect(Client)))),
  }
}
