import { randomUUID } from 'node:crypto'
import { brokersFromEnvironment, createTopics } from '@flowstitch/brokers'
import {
  inheriting,
  type AdapterUnderTest,
  type ConsumeOptions,
  type OutgoingMessage,
  type Skip,
  type TestHandler,
  type TestMessage,
  type TestSession,
} from '@flowstitch/testing'
import { KafkaJsInstrumentation } from '@opentelemetry/instrumentation-kafkajs'
import {
  logLevel,
  type Consumer,
  type EachMessagePayload,
  type Kafka,
  type KafkaMessage,
  type Message,
} from 'kafkajs'
import { instrumentKafka, processKafka, type KafkaOptions } from '../src/index.ts'
import type { KafkaClass } from './support.ts'
import { transcriptOf } from './transcript.ts'

function connect(Client: KafkaClass): Kafka {
  return new Client({
    clientId: 'conformance',
    brokers: [brokersFromEnvironment().kafka],
    logLevel: logLevel.NOTHING,
    retry: { retries: 8, initialRetryTime: 50 },
  })
}

function outgoing({ body, headers, key }: OutgoingMessage): Message {
  return {
    value: body,
    ...(key === undefined ? {} : { key }),
    ...(headers ? { headers: { ...headers } } : {}),
  }
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
  await createTopics(admin, [{ topic, numPartitions: 1 }])
  const producer = kafka.producer()
  const bareProducer = bare.producer()
  await Promise.all([producer.connect(), bareProducer.connect()])
  const closing: (() => Promise<void>)[] = [
    () => producer.disconnect(),
    () => bareProducer.disconnect(),
    () => admin.disconnect(),
  ]

  const subscribe = async (client: Kafka, retries = 0, from = topic): Promise<Consumer> => {
    const consumer = client.consumer({
      groupId: `group-${randomUUID()}`,
      maxWaitTimeInMs: 100,
      // kafkajs starts a consumer that has crashed again, even one that was disconnected meanwhile.
      retry: { retries, initialRetryTime: 50, restartOnFailure: async () => closing.length > 0 },
    })
    await consumer.connect()
    await consumer.subscribe({ topic: from, fromBeginning: true })
    closing.unshift(() => consumer.disconnect())
    return consumer
  }

  return {
    destination: topic,
    send: (message, { freeze = false, inherit = false } = {}) => {
      const plain = { topic, messages: [outgoing(message)] }
      // Messages themselves kafkajs spreads.
      const record = inherit ? inheriting(plain) : plain
      return producer.send(freeze ? deepFreeze(record) : record)
    },
    sendBatch: (messages) => producer.send({ topic, messages: messages.map(outgoing) }),
    async sendToTwo(message) {
      const other = `${topic}-other`
      await createTopics(admin, [{ topic: other, numPartitions: 1 }])
      const messages = [outgoing(message)]
      await producer.sendBatch({
        topicMessages: [
          { topic, messages },
          { topic: other, messages },
        ],
      })
      return other
    },
    sendTombstone: () => producer.send({ topic, messages: [{ key: 'gone', value: null }] }),
    prepareShared(message) {
      const one = outgoing(message)
      const record = { topic, messages: [one, { ...one }] }
      return { handed: record, send: () => producer.send(record) }
    },
    sendRefused: (client) =>
      (client === 'bare' ? bareProducer : producer).send({
        topic: 'no name for a topic',
        messages: [{ value: 'x' }],
      }),
    sendBare: async (message) => {
      await bareProducer.send({ topic, messages: [outgoing(message)] })
    },
    async consume(handler, { settlement = 'after', redeliver = false }: ConsumeOptions = {}) {
      const consumer = await subscribe(kafka, redeliver ? 3 : 0)
      await consumer.run({
        autoCommit: settlement === 'after' || settlement === 'automatically',
        eachMessage: async (payload) => {
          await handler(incoming(payload.message), () => commit(consumer, payload))
        },
      })
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
    consumeDeadLetter: async (handler) => {
      const letters = `${topic}.DLT`
      await createTopics(admin, [{ topic: letters, numPartitions: 1 }])
      const failing = await subscribe(kafka)
      await failing.run({
        eachMessage: async ({ message: { value, headers } }) => {
          const told = { 'kafka_dlt-original-topic': topic, 'kafka_dlt-exception-fqcn': 'RangeError' }
          await producer.send({ topic: letters, messages: [{ value, headers: { ...headers, ...told } }] })
        },
      })
      await runOn(await subscribe(kafka, 0, letters), handler)
      return { source: topic, reason: 'RangeError' }
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

function commit(consumer: Consumer, { topic, partition, message }: EachMessagePayload): Promise<void> {
  return consumer.commitOffsets([{ topic, partition, offset: String(Number(message.offset) + 1) }])
}

async function runOn(consumer: Consumer, handler: TestHandler): Promise<void> {
  await consumer.run({
    eachMessage: async ({ message }) => void (await handler(incoming(message), () => undefined)),
  })
}

/** A class of its own, so that the official instrumentation wraps that alone. */
function wrappedByOfficial(Client: KafkaClass): KafkaClass {
  const Wrapped = class extends Client {}
  const official = new KafkaJsInstrumentation() as unknown as { init(): { patch(exports: object): void } }
  official.init().patch({ Kafka: Wrapped })
  return Wrapped
}

export const skip: readonly Skip[] = [
  {
    behaviour: 'a receive makes one client span, with a link to each message and, for several, their count',
    reason: 'kafkajs has no call that receives: it fetches ahead, and hands messages to handlers',
  },
  {
    behaviour: 'names of temporary destinations are in no span name',
    reason: 'topics have the names that people give them, and stay',
  },
]

/** The adapter on one version of kafkajs. */
export function kafkajs(Client: KafkaClass): AdapterUnderTest {
  return {
    name: 'kafkajs',
    system: 'kafka',
    sendOperation: 'send',
    processOperation: 'process',
    settleOperation: 'commit',
    pulls: false,
    open: (options) => openSession(Client, instrumentKafka(connect(Client), options as KafkaOptions)),
    openTwice: () => openSession(Client, instrumentKafka(instrumentKafka(connect(Client)))),
    openWrapped: () => openSession(Client, instrumentKafka(connect(wrappedByOfficial(Client)))),
    transcript: (client) =>
      transcriptOf(client === 'bare' ? connect(Client) : instrumentKafka(connect(Client))),
  }
}
