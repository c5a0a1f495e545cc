import { SpanKind } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import type { Batch, KafkaMessage } from 'kafkajs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { instrumentKafka, processKafka } from '../src/index.ts'
import { isCommit, isProcess, isSend, Workbench } from './support.ts'

describe('kafkajs', () => {
  let recorder: SpanRecorder
  let bench: Workbench
  beforeEach(async () => {
    recorder = recordSpans()
    bench = new Workbench()
    await bench.createTopic()
  })
  afterEach(async () => {
    await bench.close()
    await recorder.shutdown()
  })

  it('tells where the broker has put a single message, and the messages of a batch on one partition', async () => {
    const producer = await bench.producer(instrumentKafka(bench.connect()))
    await producer.send({ topic: bench.topic, messages: [{ key: 'a', value: '1' }] })
    await producer.send({ topic: bench.topic, messages: [{ value: '2' }, { value: '3' }] })
    const placed = recorder.spans.filter(({ attributes }) => names.KAFKA_OFFSET in attributes)
    expect(
      placed.map(({ name, attributes }) => [name.split(' ')[0], attributes[names.KAFKA_OFFSET]]),
    ).toEqual([
      ['send', 0],
      ['create', 1],
      ['create', 2],
    ])
    expect(placed[0]?.attributes[names.MESSAGING_DESTINATION_PARTITION_ID]).toBe('0')
    expect(placed[0]?.attributes[names.KAFKA_MESSAGE_KEY]).toBe('a')
  })

  it('names each destination on the links of a send to several topics, and none on the span', async () => {
    const other = `${bench.topic}-other`
    await bench.createTopic(other)
    const producer = await bench.producer(instrumentKafka(bench.connect()))
    await producer.sendBatch({
      topicMessages: [
        { topic: bench.topic, messages: [{ value: '1' }] },
        { topic: other, messages: [{ value: '2' }] },
      ],
    })
    const span = recorder.spans.find(({ kind }) => kind === SpanKind.CLIENT)
    expect(span?.attributes[names.MESSAGING_DESTINATION_NAME]).toBeUndefined()
    expect(span?.links.map(({ attributes }) => attributes?.[names.MESSAGING_DESTINATION_NAME])).toEqual([
      bench.topic,
      other,
    ])
  })

  it('traces what a transaction sends and the offsets it commits, and leaves an abandoned one without a span', async () => {
    const producer = await bench.producer(instrumentKafka(bench.connect()), {
      transactionalId: bench.groupId,
      maxInFlightRequests: 1,
      idempotent: true,
    })
    const transaction = await producer.transaction()
    await transaction.send({ topic: bench.topic, messages: [{ value: '1' }] })
    await transaction.sendOffsets({
      consumerGroupId: bench.groupId,
      topics: [{ topic: bench.topic, partitions: [{ partition: 0, offset: '1' }] }],
    })
    await transaction.commit()
    await (await producer.transaction()).abort()
    expect(recorder.spans.map(({ name }) => name)).toEqual([`send ${bench.topic}`, `commit ${bench.topic}`])
    expect(recorder.spans[1]?.attributes[names.MESSAGING_CONSUMER_GROUP_NAME]).toBe(bench.groupId)
    expect(recorder.open).toBe(0)
  })

  it('settles by commits of its own and by hand, outside of whatever is active', async () => {
    const kafka = instrumentKafka(bench.connect())
    const producer = await bench.producer(kafka)
    const consumer = await bench.run(kafka, { autoCommitThreshold: 1, eachMessage: async () => {} })
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    const automatic = await recorder.waitFor(isCommit)
    const sent = recorder.spans.find(isSend)
    expect(automatic.kind).toBe(SpanKind.CLIENT)
    expect(automatic.parentSpanContext).toBeUndefined()
    expect(automatic.links[0]?.context.spanId).toBe(sent?.spanContext().spanId)
    expect(automatic.attributes).toMatchObject({
      [names.KAFKA_OFFSET]: 1,
      [names.MESSAGING_CONSUMER_GROUP_NAME]: bench.groupId,
    })
    recorder.clear()
    await consumer.commitOffsets([{ topic: bench.topic, partition: 0, offset: '1' }])
    expect(recorder.spans.filter(isCommit)).toHaveLength(1)
  })

  it('tells a message that comes again, in the same process, as a later attempt in a trace of its own', async () => {
    const kafka = instrumentKafka(bench.connect())
    const producer = await bench.producer(kafka)
    let failures = 2
    await bench.run(kafka, {
      eachMessage: async () => {
        if (failures-- > 0) throw new Error('not yet')
      },
    })
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    const spans = await recorder.waitForAll(isProcess, 3)
    expect(spans.map(({ attributes }) => attributes[names.FLOWSTITCH_MESSAGE_ATTEMPT])).toEqual([
      undefined,
      2,
      3,
    ])
    expect(spans.map(({ parentSpanContext }) => parentSpanContext === undefined)).toEqual([false, true, true])
    for (const span of spans) expect(span.links).toHaveLength(1)
  })

  it('tells a replay after a seek as a later attempt', async () => {
    const kafka = instrumentKafka(bench.connect())
    const producer = await bench.producer(kafka)
    const consumer = await bench.run(kafka, { eachMessage: async () => {} })
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    await recorder.waitForAll(isProcess, 1)
    consumer.seek({ topic: bench.topic, partition: 0, offset: '0' })
    const [, again] = await recorder.waitForAll(isProcess, 2)
    expect(again?.attributes[names.FLOWSTITCH_MESSAGE_ATTEMPT]).toBe(2)
  })

  it.each([
    ['Spring', 'kafka_dlt-original-topic', 'kafka_dlt-exception-fqcn'],
    ['Kafka Connect', '__connect.errors.topic', '__connect.errors.exception.class.name'],
  ])('knows a dead letter by the headers of %s', async (_, source, reason) => {
    const kafka = instrumentKafka(bench.connect())
    const producer = await bench.producer(kafka)
    await bench.run(kafka, { eachMessage: async () => {} })
    await producer.send({
      topic: bench.topic,
      messages: [{ value: '1', headers: { [source]: 'orders', [reason]: 'Boom' } }],
    })
    const span = await recorder.waitFor(isProcess)
    expect(span.attributes).toMatchObject({
      [names.FLOWSTITCH_DEAD_LETTER_SOURCE]: 'orders',
      [names.FLOWSTITCH_DEAD_LETTER_REASON]: 'Boom',
      [names.FLOWSTITCH_RELATION]: 'link',
    })
  })

  it('instruments a producer and a consumer that were there before', async () => {
    const producer = instrumentKafka(await bench.producer(bench.connect()))
    const consumer = instrumentKafka(
      bench.connect().consumer({ groupId: bench.groupId, maxWaitTimeInMs: 100 }),
    )
    await bench.start(consumer, { eachMessage: async () => {} })
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    const span = await recorder.waitFor(isProcess)
    expect(span.attributes[names.MESSAGING_CONSUMER_GROUP_NAME]).toBe(bench.groupId)
    expect(recorder.spans.filter(isSend)).toHaveLength(1)
  })

  it('hands an eachBatch handler the very helpers of kafkajs', async () => {
    const kafka = instrumentKafka(bench.connect())
    const producer = await bench.producer(kafka)
    let seen: unknown[] = []
    await bench.run(kafka, {
      eachBatchAutoResolve: false,
      async eachBatch({
        batch,
        resolveOffset,
        heartbeat,
        commitOffsetsIfNecessary,
        isRunning,
        isStale,
        uncommittedOffsets,
      }) {
        for (const message of batch.messages) {
          resolveOffset(message.offset)
          await heartbeat()
        }
        seen = [batch.messages.length, isRunning(), isStale(), uncommittedOffsets().topics.length]
        await commitOffsetsIfNecessary(uncommittedOffsets())
      },
    })
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }, { value: '2' }] })
    await recorder.waitFor(isCommit)
    expect(seen).toEqual([2, true, false, 1])
  })

  it('traces a hundred messages of a batch in contexts of their own, and stops at the first failure', async () => {
    const kafka = instrumentKafka(bench.connect())
    const producer = await bench.producer(kafka)
    await producer.send({
      topic: bench.topic,
      messages: [{ value: 'good' }, { value: 'bad' }, { value: 'never' }],
    })
    const handled: string[] = []
    let attempts = 0
    await bench.run(kafka, {
      eachBatch: async ({ batch, pause }) => {
        attempts++
        try {
          await processKafka(batch, async ({ value }) => {
            handled.push(String(value))
            if (String(value) === 'bad') throw new Error('bad order')
          })
        } catch (error) {
          pause()
          if (attempts === 1) throw error
        }
      },
    })
    await recorder.waitFor(
      (span) =>
        isProcess(span) && span.status.message === 'bad order' && span.parentSpanContext !== undefined,
    )
    expect(handled.slice(0, 2)).toEqual(['good', 'bad'])
    expect(handled).not.toContain('never')
  })

  it('just calls the handler for a batch that no instrumented consumer has handed out', async () => {
    const message = { value: Buffer.from('1'), offset: '0', headers: {} } as unknown as KafkaMessage
    const batch = { topic: 'orders', partition: 0, messages: [message] } as unknown as Batch
    expect(processKafka(batch, message, () => 42)).toBe(42)
    expect(recorder.spans).toHaveLength(0)
  })

  it('lets a rejected send reject as kafkajs rejects it, named by the protocol', async () => {
    const bare = await bench.producer(bench.connect(), { retry: { retries: 0 } })
    const traced = await bench.producer(instrumentKafka(bench.connect()), { retry: { retries: 0 } })
    const record = { topic: 'no such topic!', messages: [{ value: '1' }] }
    const errors = await Promise.all(
      [bare, traced].map((producer) => producer.send(record).catch((error: unknown) => error)),
    )
    expect(String(errors[1])).toBe(String(errors[0]))
    expect(errors[1]?.constructor.name).toBe(errors[0]?.constructor.name)
    const span = recorder.spans.find(isSend)
    expect(span?.attributes[names.ERROR_TYPE]).toBe('INVALID_TOPIC_EXCEPTION')
  })
})
