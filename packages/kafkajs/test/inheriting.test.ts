import { randomUUID } from 'node:crypto'
import { inheriting } from '@flowstitch/testing'
import type { Kafka, Message } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { clients, deferred, isProcess, setUp } from './support.ts'

const OURS = new Set(['traceparent', 'tracestate'])

/** A message of a user's class. */
class Order {
  readonly headers = { tenant: 'blue' }
  readonly #total: number
  constructor(total: number) {
    this.#total = total
  }
  get value(): string {
    return `total ${this.#total}`
  }
}

describe.each(clients)('what inherits, and has accessors, with %s', (_, Client) => {
  const setup = setUp(Client)

  it('as a call, is sent', async () => {
    const { bench, recorder } = setup
    const { topic } = bench
    const kafka = bench.traced()
    const producer = await bench.producer(kafka, inheriting({ allowAutoTopicCreation: false }))
    const record = inheriting({ topic, acks: -1, messages: [{ value: '1' }] })
    expect(await producer.send(record)).toHaveLength(1)
    const topicMessages = [inheriting({ topic, messages: [{ value: '2' }, { value: '3' }] })]
    expect(await producer.sendBatch(inheriting({ acks: 0, topicMessages }))).toEqual([])
    await bench.run(kafka, inheriting({ autoCommit: false, eachMessage: async () => {} }))
    await recorder.waitForAll(isProcess, 3)
  })

  it('as a message, arrives as it does without us', async () => {
    expect(await arrived(setup.bench.traced())).toEqual(await arrived(setup.bench.connect()))
  })

  it('as a call that is wrong, is refused as without us', async () => {
    const { topic } = setup.bench
    const wrong = [
      inheriting({ topic, messages: [Object.create({ value: undefined }) as Message] }),
      inheriting({ messages: [{ value: '1' }] }),
      Object.defineProperty({ topic }, 'messages', {
        get() {
          throw new RangeError('no messages yet')
        },
      }),
    ]
    const refusals = async (kafka: Kafka): Promise<unknown[]> => {
      const producer = await setup.bench.producer(kafka)
      const refused: unknown[] = []
      for (const record of wrong) {
        const answer = producer.send(record as never)
        refused.push(await answer.catch(String))
      }
      return refused
    }
    const bare = await refusals(setup.bench.connect())
    expect(bare).toEqual(bare.map(() => expect.any(String)))
    expect(await refusals(setup.bench.traced())).toEqual(bare)
  })

  /** What comes of messages, without what is ours. */
  async function arrived(kafka: Kafka): Promise<unknown[]> {
    const { bench } = setup
    const topic = `orders-${randomUUID()}`
    await bench.createTopic(topic)
    const producer = await bench.producer(kafka)
    const accessor = Object.defineProperty({ key: 'k' }, 'value', { get: () => 'accessor', enumerable: true })
    const messages = [
      new Order(3),
      accessor,
      Object.create({ value: 'inherited' }),
      { value: 'plain' },
    ] as Message[]
    await producer.send({ topic, messages: [messages[0]!] })
    await producer.send({ topic, messages })
    const came: unknown[] = []
    const { promise: all, resolve } = deferred()
    const consumer = bench.connect().consumer({ groupId: topic, maxWaitTimeInMs: 100 })
    const eachMessage = async ({ message }: { message: Message }): Promise<void> => {
      const headers = Object.entries(message.headers ?? {}).filter(([name]) => !OURS.has(name))
      came.push([String(message.key), String(message.value), headers.map(String)])
      if (came.length === messages.length + 1) resolve()
    }
    await bench.start(consumer, { eachMessage }, [topic])
    await all
    return came
  }
})
