import { context, SpanKind, trace } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import { describe, expect, it } from 'vitest'
import { clients, isCommit, isProcess, isSend, setUp } from './support.ts'

describe.each(clients)('a commit of offsets with %s', (_, Client) => {
  const setup = setUp(Client)

  it('that kafkajs makes by itself settles what was handled, outside of whatever is active', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    await bench.run(kafka, { autoCommitThreshold: 1, eachMessage: async () => {} })
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    const commit = await recorder.waitFor(isCommit)
    expect(commit.kind).toBe(SpanKind.CLIENT)
    expect(commit.parentSpanContext).toBeUndefined()
    expect(commit.links[0]?.context.spanId).toBe(recorder.spans.find(isSend)?.spanContext().spanId)
    expect(commit.attributes).toMatchObject({
      [names.MESSAGING_OPERATION_TYPE]: 'settle',
      [names.KAFKA_OFFSET]: 1,
      [names.MESSAGING_CONSUMER_GROUP_NAME]: bench.groupId,
    })
  })

  it('takes the time that the broker took, also where kafkajs makes it by itself', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    const consumer = await bench.run(kafka, { autoCommitThreshold: 1, eachMessage: async () => {} })
    let asked: number | undefined
    consumer.on(consumer.events.REQUEST, ({ payload }) => {
      if (payload.apiName === 'OffsetCommit') asked = payload.createdAt
    })
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    const { startTime } = await recorder.waitFor(isCommit)
    expect(startTime[0] * 1000 + startTime[1] / 1e6).toBe(asked)
  })

  it('that kafkajs makes by itself belongs to nothing, also where the consumer is run in a span', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    const startup = trace.getTracer('test').startSpan('startup')
    await context.with(trace.setSpan(context.active(), startup), () =>
      bench.run(kafka, { autoCommitThreshold: 1, eachMessage: async () => {} }),
    )
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    expect((await recorder.waitFor(isCommit)).parentSpanContext).toBeUndefined()
    startup.end()
  })

  it('that a handler asks for by commitOffsetsIfNecessary belongs to the handler', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    await bench.run(kafka, {
      autoCommit: false,
      autoCommitThreshold: 1,
      eachBatch: async ({ batch, resolveOffset, commitOffsetsIfNecessary }) => {
        resolveOffset(batch.lastOffset())
        await commitOffsetsIfNecessary()
      },
    })
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    const commit = await recorder.waitFor(isCommit)
    const handled = await recorder.waitFor(isProcess)
    expect(commit.parentSpanContext?.spanId).toBe(handled.spanContext().spanId)
  })

  it('that comes while one by hand is under way is told beside it', async () => {
    const { bench, recorder } = setup
    const other = `${bench.topic}-other`
    await bench.createTopic(other)
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    const consumer = await bench.run(
      kafka,
      {
        autoCommit: false,
        autoCommitThreshold: 1,
        eachBatch: async ({ batch, resolveOffset, commitOffsetsIfNecessary }) => {
          resolveOffset(batch.lastOffset())
          await Promise.all([
            commitOffsetsIfNecessary(),
            consumer.commitOffsets([{ topic: other, partition: 0, offset: '0' }]),
          ])
        },
      },
      { topics: [bench.topic, other] },
    )
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    await recorder.waitFor(isProcess)
    const topics = recorder.spans.filter(isCommit).map(({ name }) => name.slice('commit '.length))
    expect(topics.toSorted()).toEqual([bench.topic, other])
  })

  it('of an ignored topic is left alone, by hand or not', async () => {
    const { bench, recorder } = setup
    const { topic } = bench
    const kafka = bench.traced({ ignore: (name) => name === topic })
    const producer = await bench.producer(kafka)
    const consumer = await bench.run(kafka, { autoCommitThreshold: 1, eachMessage: async () => {} })
    await producer.send({ topic, messages: [{ value: '1' }] })
    await expect.poll(committed).toBe('1')
    await consumer.commitOffsets([{ topic, partition: 0, offset: '0' }])
    await expect.poll(committed).toBe('0')
    expect(recorder.spans).toEqual([])
  })

  it('by hand is one settlement and no other, and belongs to the handler that makes it', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    const consumer = await bench.run(kafka, {
      autoCommit: false,
      eachMessage: ({ topic, partition, message }) =>
        consumer.commitOffsets([{ topic, partition, offset: String(Number(message.offset) + 1) }]),
    })
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    const handled = await recorder.waitFor(isProcess)
    const commits = recorder.spans.filter(isCommit)
    expect(commits.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual([
      handled.spanContext().spanId,
    ])
    expect(await committed()).toBe('1')
  })

  it('that is refused is refused as without us', async () => {
    const { bench } = setup
    const refusals = [bench.connect(), bench.traced()].map(async (kafka) => {
      const consumer = kafka.consumer({ groupId: bench.groupId })
      const offsets = [{ topic: bench.topic, partition: 0, offset: '-5' }]
      return [
        await consumer.commitOffsets(offsets).catch(String),
        await consumer.commitOffsets(undefined as never).catch(String),
        await consumer.commitOffsets([null] as never).catch(String),
      ]
    })
    const [bare, traced] = await Promise.all(refusals)
    expect(bare?.every((refusal) => typeof refusal === 'string')).toBe(true)
    expect(traced).toEqual(bare)
    expect(setup.recorder.open).toBe(0)
  })

  it('makes no span where the user wants none', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced({ settleSpans: false })
    const producer = await bench.producer(kafka)
    await bench.run(kafka, { autoCommitThreshold: 1, eachMessage: async () => {} })
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    await expect.poll(committed).toBe('1')
    expect(recorder.spans.filter(isCommit)).toEqual([])
  })

  /** What the broker has as the group's offset. */
  async function committed(): Promise<string | undefined> {
    const { bench } = setup
    const admin = bench.connect().admin()
    await admin.connect()
    const [topic] = await admin.fetchOffsets({ groupId: bench.groupId, topics: [bench.topic] })
    await admin.disconnect()
    return topic?.partitions[0]?.offset
  }
})
