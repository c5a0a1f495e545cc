import * as names from '@flowstitch/core/semconv'
import { describe, expect, it } from 'vitest'
import { instrumentKafka, processKafka } from '../src/index.ts'
import { clients, deferred, isProcess, setUp, type Span } from './support.ts'

const attemptOf = ({ attributes }: Span): unknown => attributes[names.FLOWSTITCH_MESSAGE_ATTEMPT]
const isRoot = ({ parentSpanContext }: Span): boolean => parentSpanContext === undefined

describe.each(clients)('what comes again with %s', (_, Client) => {
  const setup = setUp(Client)

  it('after a failure is a later attempt, in a trace of its own', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    let failures = 2
    await bench.run(kafka, {
      eachMessage: async () => {
        if (failures-- > 0) throw new Error('not yet')
      },
    })
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    const spans = await recorder.waitForAll(isProcess, 3)
    expect(spans.map(attemptOf)).toEqual([undefined, 2, 3])
    expect(spans.map(isRoot)).toEqual([false, true, true])
    for (const span of spans) expect(span.links).toHaveLength(1)
  })

  it('in a batch after a failure tells the messages that a handler has come to', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    await producer.send({ topic: bench.topic, messages: ['1', '2', '3'].map((value) => ({ value })) })
    let failures = 1
    await bench.run(kafka, {
      eachBatch: ({ batch }) =>
        processKafka(batch, async ({ offset }) => {
          if (offset === '1' && failures-- > 0) throw new Error('not yet')
        }),
    })
    const singles = await recorder.waitForAll((span) => isProcess(span) && !isRoot(span), 5)
    expect(singles.map(attemptOf)).toEqual([undefined, undefined, 2, 2, undefined])
    expect(await attemptsOfBatches(2)).toEqual([
      [undefined, undefined, undefined],
      [2, 2, undefined],
    ])
  })

  it('in a batch that was handled whole tells each message', async () => {
    const { bench } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }, { value: '2' }] })
    const consumer = await bench.run(kafka, { eachBatch: async () => {} })
    await attemptsOfBatches(1)
    consumer.seek({ topic: bench.topic, partition: 0, offset: '0' })
    expect(await attemptsOfBatches(2)).toEqual([
      [undefined, undefined],
      [2, 2],
    ])
  })

  it('in a batch is none of those that a handler has left unresolved, and has not come to', async () => {
    const { bench } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    await producer.send({ topic: bench.topic, messages: ['1', '2', '3'].map((value) => ({ value })) })
    await bench.run(kafka, {
      eachBatchAutoResolve: false,
      eachBatch: async ({ batch, resolveOffset }) => resolveOffset(batch.messages[0]!.offset),
    })
    expect(await attemptsOfBatches(3)).toEqual([
      [undefined, undefined, undefined],
      [undefined, undefined],
      [undefined],
    ])
  })

  it('is none in a topic that was deleted and made anew', async () => {
    const { bench, recorder } = setup
    const { topic } = bench
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    const first = await bench.run(kafka, { eachMessage: async () => {} })
    await producer.send({ topic, messages: [{ value: '1' }, { value: '2' }] })
    await recorder.waitForAll(isProcess, 2)
    await first.disconnect()
    const admin = bench.connect().admin()
    await admin.connect()
    await admin.deleteTopics({ topics: [topic] })
    await expect.poll(() => admin.listTopics()).not.toContain(topic)
    await admin.disconnect()
    await bench.createTopic()
    await producer.send({ topic, messages: [{ value: '3' }, { value: '4' }] })
    await bench.run(kafka, { eachMessage: async () => {} })
    const spans = await recorder.waitForAll(isProcess, 4)
    expect(spans.map(({ attributes }) => attributes[names.KAFKA_OFFSET])).toEqual([0, 1, 0, 1])
    expect(spans.map(attemptOf)).toEqual([undefined, undefined, undefined, undefined])
  })

  it('after a seek is a later attempt, and what is new is none', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    const consumer = await bench.run(kafka, { eachMessage: async () => {} })
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    await recorder.waitForAll(isProcess, 1)
    consumer.seek({ topic: bench.topic, partition: 0, offset: '0' })
    await recorder.waitForAll(isProcess, 2)
    await producer.send({ topic: bench.topic, messages: [{ value: '2' }] })
    const spans = await recorder.waitForAll(isProcess, 3)
    expect(spans.map(attemptOf)).toEqual([undefined, 2, undefined])
  })

  it('after a rebalance is a later attempt, whichever consumer of the group gets it', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    const options = { heartbeatInterval: 200, rebalanceTimeout: 2_000 }
    const first = await bench.run(kafka, { autoCommit: false, eachMessage: async () => {} }, options)
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    await recorder.waitForAll(isProcess, 1)
    await first.disconnect()
    await bench.run(kafka, { autoCommit: false, eachMessage: async () => {} }, options)
    const spans = await recorder.waitForAll(isProcess, 2)
    expect(spans.map(attemptOf)).toEqual([undefined, 2])
  })

  it('to another group is a first attempt', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    const other = kafka.consumer({ groupId: `${bench.groupId}-other`, maxWaitTimeInMs: 100 })
    await bench.run(kafka, { eachMessage: async () => {} })
    await bench.start(other, { eachMessage: async () => {} })
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    expect((await recorder.waitForAll(isProcess, 2)).map(attemptOf)).toEqual([undefined, undefined])
  })

  it('after a failure goes on to the next message as without us', async () => {
    const { bench } = setup
    const producer = await bench.producer(bench.connect())
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }, { value: '2' }] })
    const transcript = async (traced: boolean): Promise<string[]> => {
      const client = bench.connect()
      const kafka = traced ? instrumentKafka(client) : client
      const handled: string[] = []
      const done = deferred()
      const consumer = kafka.consumer({ groupId: `${bench.groupId}-${traced}`, maxWaitTimeInMs: 100 })
      await bench.start(consumer, {
        eachMessage: async ({ message }) => {
          handled.push(String(message.value))
          if (handled.length === 1) throw new Error('not yet')
          if (handled.length === 3) done.resolve()
        },
      })
      await done.promise
      return handled
    }
    expect(await transcript(true)).toEqual(await transcript(false))
  })

  /** What the spans of batches tell of each message. */
  async function attemptsOfBatches(count: number): Promise<unknown[][]> {
    const batches = await setup.recorder.waitForAll((span) => isProcess(span) && isRoot(span), count)
    return batches.map(({ links }) =>
      links.map(({ attributes }) => attributes?.[names.FLOWSTITCH_MESSAGE_ATTEMPT]),
    )
  }
})
