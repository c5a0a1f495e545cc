import { randomUUID } from 'node:crypto'
import { createTopics } from '@flowstitch/brokers'
import {
  CompressionTypes,
  type Admin,
  type Batch,
  type Consumer,
  type EachMessagePayload,
  type Kafka,
  type KafkaMessage,
} from 'kafkajs'

const OURS = new Set(['traceparent', 'tracestate', 'baggage'])
const VARYING = new Set(['timestamp', 'size', 'batchContext'])

/** Calls on one client, and what the caller saw of each, in order. */
class Script {
  readonly seen: unknown[] = []
  readonly topics: readonly string[]
  readonly #kafka: Kafka
  readonly #id = randomUUID()

  constructor(kafka: Kafka) {
    this.#kafka = kafka
    this.topics = ['orders', 'mails'].map((name) => `${name}-${this.#id}`)
  }

  note(what: string, ...values: unknown[]): void {
    this.seen.push([what, ...values.map((value) => this.#plain(value))])
  }

  async step(what: string, call: () => unknown): Promise<void> {
    try {
      const answer = call()
      this.note(`${what} answers ${answer instanceof Promise ? 'a promise' : typeof answer}`)
      this.note(what, await answer)
    } catch (error) {
      this.note(`${what} failed`, error)
    }
  }

  async run(): Promise<readonly unknown[]> {
    const admin = this.#kafka.admin()
    await admin.connect()
    await createTopics(
      admin,
      this.topics.map((topic) => ({ topic, numPartitions: 1 })),
    )
    await this.#produce()
    await this.#transact(admin)
    await this.#consumeMessages()
    await this.#consumeBatches()
    await this.#fail()
    await admin.disconnect()
    return this.seen
  }

  async #produce(): Promise<void> {
    const [topic = '', other = ''] = this.topics
    const producer = this.#kafka.producer()
    for (const name of ['send', 'sendBatch', 'transaction'] as const) {
      this.note('method', producer[name].name, producer[name].length)
    }
    this.note('own properties', Object.keys(producer).toSorted())
    await this.step('send unconnected', () => producer.send({ topic, messages: [{ value: 'x' }] }))
    await this.step('connect', () => producer.connect())
    await this.step('send', () => producer.send({ topic, messages: [{ key: 'k', value: '1' }] }))
    await this.step('several', () =>
      producer.send({
        topic,
        compression: CompressionTypes.GZIP,
        messages: [{ value: '2' }, { value: '3' }],
      }),
    )
    await this.step('tombstone', () => producer.send({ topic, messages: [{ key: 'k', value: null }] }))
    await this.step('without acks', () =>
      producer.send({ topic, acks: 0, messages: [{ value: '4' }, { value: '4' }] }),
    )
    await this.step('two topics', async () => {
      const answer = await producer.sendBatch({
        topicMessages: [
          { topic, messages: [{ value: '5', headers: { tenant: 'blue', list: ['a', 'b'] } }] },
          { topic: other, messages: [{ value: '6' }] },
        ],
      })
      return answer.toSorted((one, two) => one.topicName.localeCompare(two.topicName))
    })
    const wrong: readonly unknown[] = [
      undefined,
      {},
      { topic },
      { topic, messages: [] },
      { topic, messages: [null] },
      { topic, messages: [{}] },
      { topic: 'no name for a topic', messages: [{ value: 'x' }] },
    ]
    for (const record of wrong) await this.step('send wrongly', () => producer.send(record as never))
    await this.step('batch of nothing', () => producer.sendBatch({ topicMessages: [] }))
    await this.step('batch wrongly', () => producer.sendBatch({ topicMessages: [undefined as never] }))
    await this.step('disconnect', () => producer.disconnect())
    await this.step('send disconnected', () => producer.send({ topic, messages: [{ value: 'x' }] }))
  }

  async #transact(admin: Admin): Promise<void> {
    const [topic = ''] = this.topics
    const producer = this.#kafka.producer({
      idempotent: true,
      transactionalId: this.#id,
      maxInFlightRequests: 1,
    })
    await producer.connect()
    for (const end of ['commit', 'abort'] as const) {
      const transaction = await producer.transaction()
      this.note('transaction', Object.keys(transaction).toSorted(), transaction.isActive())
      await this.step('send in it', () => transaction.send({ topic, messages: [{ value: end }] }))
      const offsets = { topics: [{ topic, partitions: [{ partition: 0, offset: '1' }] }] }
      await this.step('offsets', () => transaction.sendOffsets({ consumerGroupId: this.#id, ...offsets }))
      await this.step(end, () => transaction[end]())
      this.note('active', transaction.isActive())
    }
    await this.step('committed', () => admin.fetchOffsets({ groupId: this.#id, topics: [topic] }))
    await producer.disconnect()
  }

  async #consumeMessages(): Promise<void> {
    const [topic = ''] = this.topics
    const consumer = await this.#consumer('messages')
    const { promise: all, resolve } = Promise.withResolvers<void>()
    const note = this.note.bind(this)
    const step = this.step.bind(this)
    await this.step('run', () =>
      consumer.run({
        autoCommit: false,
        async eachMessage(this: object | undefined, payload: EachMessagePayload) {
          note(
            'message',
            this?.constructor.name,
            Object.keys(payload).toSorted(),
            arguments.length,
            payload.message,
          )
          const offset = String(Number(payload.message.offset) + 1)
          await step('commit', () => consumer.commitOffsets([{ topic, partition: 0, offset }]))
          if (String(payload.message.value) === 'commit') resolve()
        },
      }),
    )
    await all
    await this.step('commit nothing', () => consumer.commitOffsets([]))
    await this.step('commit wrongly', () => consumer.commitOffsets(undefined as never))
    await this.step('stop', () => consumer.stop())
    await this.step('end', () => consumer.disconnect())
  }

  async #consumeBatches(): Promise<void> {
    const consumer = await this.#consumer('batches')
    const { promise: all, resolve } = Promise.withResolvers<void>()
    const messages: KafkaMessage[] = []
    await consumer.run({
      eachBatchAutoResolve: false,
      eachBatch: async (payload) => {
        const { batch, resolveOffset, heartbeat, commitOffsetsIfNecessary, isRunning, isStale } = payload
        if (messages.length === 0) this.note('batch', Object.keys(payload).toSorted(), keysOf(batch))
        for (const message of batch.messages) {
          messages.push(message)
          resolveOffset(message.offset)
          await heartbeat()
        }
        await commitOffsetsIfNecessary()
        if (!isRunning() || isStale()) this.note('stale')
        if (messages.some(({ value }) => String(value) === 'commit')) resolve()
      },
    })
    await all
    this.note('in batches', messages)
    await this.step('run wrongly', () => consumer.run({ eachMessage: 'none' as never }))
    await consumer.disconnect()
  }

  async #fail(): Promise<void> {
    const consumer = await this.#consumer('failing', 1)
    const crashed = new Promise((resolve) => consumer.on(consumer.events.CRASH, resolve))
    await consumer.run({
      eachMessage: async ({ message }) => {
        this.note('fails', message.offset)
        throw new RangeError('boom')
      },
    })
    const { payload } = (await crashed) as { payload: { error: Error; restart: boolean } }
    this.note('crash', payload.error, payload.restart)
    await consumer.disconnect()
  }

  async #consumer(name: string, retries = 0): Promise<Consumer> {
    const retry = { retries, initialRetryTime: 10, restartOnFailure: async () => false }
    const consumer = this.#kafka.consumer({ groupId: `${name}-${this.#id}`, maxWaitTimeInMs: 100, retry })
    this.note('own properties', Object.keys(consumer).toSorted(), consumer.run.name, consumer.run.length)
    await consumer.connect()
    await consumer.subscribe({ topic: this.topics[0] ?? '', fromBeginning: true })
    return consumer
  }

  /** Without what differs from run to run, and without the headers that are ours. */
  #plain(value: unknown): unknown {
    const text = JSON.stringify(value, (key, inner: unknown) => {
      if (OURS.has(key)) return undefined
      if (VARYING.has(key)) return typeof inner
      if (inner instanceof Error) return [inner.constructor.name, inner.message.replaceAll(/\d+ms/g, 'ms')]
      return inner
    })
    return text?.replaceAll(this.#id, 'ID') ?? String(value)
  }
}

function keysOf(batch: Batch): string[] {
  return [...Object.keys(batch), ...Object.getOwnPropertyNames(Object.getPrototypeOf(batch))].toSorted()
}

/** What one client shows of a script of right and wrong calls. */
export function transcriptOf(kafka: Kafka): Promise<readonly unknown[]> {
  return new Script(kafka).run()
}
