import * as names from '@flowstitch/core/semconv'
import { describe, expect, it } from 'vitest'
import { instrumentKafka } from '../src/index.ts'
import { clients, isCommit, isProcess, isSend, setUp } from './support.ts'

describe.each(clients)('instrumentKafka with %s', (_, Client) => {
  const setup = setUp(Client)

  it('traces the producers and consumers that come from the client afterwards', async () => {
    const { bench, recorder } = setup
    const kafka = bench.connect()
    expect(instrumentKafka(kafka)).toBe(kafka)
    const producer = await bench.producer(kafka)
    await bench.run(kafka, { eachMessage: async () => {} })
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    await recorder.waitFor(isProcess)
    expect(recorder.spans.filter(isSend)).toHaveLength(1)
  })

  it('traces a producer and a consumer that were there before', async () => {
    const { bench, recorder } = setup
    const producer = instrumentKafka(await bench.producer(bench.connect()))
    const consumer = bench.connect().consumer({ groupId: bench.groupId, maxWaitTimeInMs: 100 })
    expect(instrumentKafka(consumer)).toBe(consumer)
    await bench.start(consumer, { autoCommitThreshold: 1, eachMessage: async () => {} })
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    const span = await recorder.waitFor(isProcess)
    expect(span.attributes[names.MESSAGING_CONSUMER_GROUP_NAME]).toBe(bench.groupId)
    expect(recorder.spans.filter(isSend)).toHaveLength(1)
    await recorder.waitFor(isCommit)
  })

  it('traces once what is instrumented as a client and again by itself', async () => {
    const { bench, recorder } = setup
    const kafka = instrumentKafka(bench.traced())
    const producer = instrumentKafka(await bench.producer(kafka))
    const consumer = instrumentKafka(kafka.consumer({ groupId: bench.groupId, maxWaitTimeInMs: 100 }))
    await bench.start(consumer, { autoCommitThreshold: 1, eachMessage: async () => {} })
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    await recorder.waitFor(isCommit)
    for (const of of [isSend, isProcess, isCommit]) expect(recorder.spans.filter(of)).toHaveLength(1)
  })

  it('refuses a configuration as kafkajs refuses it', () => {
    const { bench } = setup
    const refusal = (make: () => unknown): string => {
      try {
        make()
        return 'taken'
      } catch (error) {
        return String(error)
      }
    }
    for (const config of [undefined, null, {}, { groupId: '' }]) {
      const of = (kafka: typeof bare): string => refusal(() => kafka.consumer(config as never))
      const bare = bench.connect()
      expect(of(bench.traced())).toBe(of(bare))
    }
    const producer = (kafka: ReturnType<typeof bench.connect>): string =>
      refusal(() => kafka.producer({ idempotent: true, retry: { retries: 0 } }))
    expect(producer(bench.traced())).toBe(producer(bench.connect()))
  })
})
