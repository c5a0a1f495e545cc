import { randomUUID } from 'node:crypto'
import { brokersFromEnvironment, createTopics } from '@flowstitch/brokers'
import { recordSpans, type RecorderOptions, type SpanRecorder } from '@flowstitch/testing'
import {
  Kafka as Newest,
  logLevel,
  type Consumer,
  type ConsumerConfig,
  type ConsumerRunConfig,
  type IResourceConfigEntry,
  type Kafka,
  type Producer,
  type ProducerConfig,
} from 'kafkajs'
import oldest from 'kafkajs-2.0'
import { afterEach, beforeEach } from 'vitest'
import { instrumentKafka, type KafkaOptions } from '../src/index.ts'

export type Span = SpanRecorder['spans'][number]
export type KafkaClass = typeof Kafka

/** The oldest and the newest kafkajs that is supported. */
export const clients: readonly [string, KafkaClass][] = [
  ['kafkajs 2.0.0', oldest.Kafka as unknown as KafkaClass],
  ['kafkajs 2.2.4', Newest],
]

export const isCreate = ({ name }: Span): boolean => name.startsWith('create ')
export const isSend = ({ name }: Span): boolean => name.startsWith('send ')
export const isProcess = ({ name }: Span): boolean => name.startsWith('process ')
export const isCommit = ({ name }: Span): boolean => name.startsWith('commit ')

/** What every test of a file gets anew: an SDK that records, and clients with a topic of their own. */
export interface Setup {
  readonly recorder: SpanRecorder
  readonly bench: Workbench
}

export function setUp(Client: KafkaClass = Newest, options?: RecorderOptions): Setup {
  const current = {} as { recorder: SpanRecorder; bench: Workbench }
  beforeEach(async () => {
    current.recorder = recordSpans(options)
    current.bench = new Workbench(Client)
    await current.bench.createTopic()
  })
  afterEach(async () => {
    await current.bench.close()
    await current.recorder.shutdown()
  })
  return current
}

/** How a consumer is run. */
export interface RunOptions extends Omit<Partial<ConsumerConfig>, 'groupId'> {
  readonly topics?: readonly string[]
}

/** Clients on the broker under test, with topics and groups of their own; `close` ends whatever it opened. */
export class Workbench {
  readonly topic = `orders-${randomUUID()}`
  readonly groupId = `group-${randomUUID()}`
  readonly #Client: KafkaClass
  readonly #closing: (() => Promise<void>)[] = []

  constructor(Client: KafkaClass = Newest) {
    this.#Client = Client
  }

  connect(): Kafka {
    return new this.#Client({
      clientId: 'workbench',
      brokers: [brokersFromEnvironment().kafka],
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 50, retries: 8 },
    })
  }

  traced(options?: KafkaOptions): Kafka {
    return instrumentKafka(this.connect(), options)
  }

  async createTopic(
    topic: string = this.topic,
    numPartitions = 1,
    configEntries: IResourceConfigEntry[] = [],
  ): Promise<void> {
    const admin = this.connect().admin()
    await admin.connect()
    await createTopics(admin, [{ topic, numPartitions, configEntries }])
    await admin.disconnect()
  }

  async producer(kafka: Kafka, config?: ProducerConfig): Promise<Producer> {
    const producer = kafka.producer(config)
    await producer.connect()
    this.#closing.push(() => producer.disconnect())
    return producer
  }

  async run(kafka: Kafka, config: ConsumerRunConfig, options: RunOptions = {}): Promise<Consumer> {
    const { topics, ...more } = options
    const consumer = kafka.consumer({ groupId: this.groupId, maxWaitTimeInMs: 100, ...more })
    await this.start(consumer, config, topics)
    return consumer
  }

  async start(
    consumer: Consumer,
    config: ConsumerRunConfig,
    topics: readonly string[] = [this.topic],
  ): Promise<void> {
    await consumer.connect()
    for (const topic of topics) await consumer.subscribe({ topic, fromBeginning: true })
    this.#closing.unshift(() => consumer.disconnect())
    await consumer.run(config)
  }

  async close(): Promise<void> {
    for (const end of this.#closing.splice(0)) await end()
  }
}

/** A promise that somebody else settles. */
export function deferred<T = void>(): PromiseWithResolvers<T> {
  return Promise.withResolvers<T>()
}
