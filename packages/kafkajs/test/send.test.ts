import { SpanKind } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import { CompressionTypes, type KafkaMessage, type Message } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { clients, deferred, isCreate, isProcess, isSend, setUp } from './support.ts'

describe.each(clients)('a send with %s', (_, Client) => {
  const setup = setUp(Client)

  it('tells where the broker has put a single message, and the messages of a batch on one partition', async () => {
    const { bench, recorder } = setup
    const producer = await bench.producer(bench.traced())
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

  it('to several topics names each on its link, and none on the span', async () => {
    const { bench, recorder } = setup
    const other = `${bench.topic}-other`
    await bench.createTopic(other)
    const producer = await bench.producer(bench.traced())
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

  it('by sendBatch to one topic in parts is one batch on it, each message with its place', async () => {
    const { bench, recorder } = setup
    const producer = await bench.producer(bench.traced())
    const messages = [{ value: '1' }, { value: '2' }]
    await producer.sendBatch({
      topicMessages: [
        { topic: bench.topic, messages },
        { topic: bench.topic, messages: [{ value: '3' }] },
      ],
    })
    expect(recorder.spans.find(isSend)?.attributes).toMatchObject({
      [names.MESSAGING_DESTINATION_NAME]: bench.topic,
      [names.MESSAGING_BATCH_MESSAGE_COUNT]: 3,
    })
    const created = recorder.spans.filter(isCreate)
    expect(created.map(({ attributes }) => attributes[names.KAFKA_OFFSET])).toEqual([0, 1, 2])
  })

  it('of an idempotent producer is traced like any other', async () => {
    const { bench, recorder } = setup
    const producer = await bench.producer(bench.traced(), { idempotent: true, maxInFlightRequests: 1 })
    expect(producer.isIdempotent()).toBe(true)
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    await producer.send({ topic: bench.topic, messages: [{ value: '2' }] })
    expect(recorder.spans.map(({ attributes }) => attributes[names.KAFKA_OFFSET])).toEqual([0, 1])
  })

  it('without acknowledgements has no place, and succeeds', async () => {
    const { bench, recorder } = setup
    const producer = await bench.producer(bench.traced())
    await producer.send({ topic: bench.topic, acks: 0, messages: [{ value: '1' }] })
    const [span] = recorder.spans
    expect(span?.status.code).toBe(0)
    expect(span?.attributes).not.toHaveProperty([names.KAFKA_OFFSET])
  })

  it('in gzip carries the context within', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    const value = 'order '.repeat(1000)
    const got = deferred<string>()
    await bench.run(kafka, { eachMessage: async ({ message }) => got.resolve(String(message.value)) })
    await producer.send({ topic: bench.topic, compression: CompressionTypes.GZIP, messages: [{ value }] })
    expect(await got.promise).toBe(value)
    const [link] = (await recorder.waitFor(isProcess)).links
    expect(link?.context.spanId).toBe(recorder.spans.find(isSend)?.spanContext().spanId)
  })

  it('brings keys, tombstones, header arrays and timestamps as they are', async () => {
    const { bench } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    const got: KafkaMessage[] = []
    const all = deferred()
    await bench.run(kafka, {
      eachMessage: async ({ message }) => {
        if (got.push(message) === 3) all.resolve()
      },
    })
    const binary = Buffer.from([0, 255, 254])
    const messages: Message[] = [
      { key: binary, value: binary, headers: { list: ['a', Buffer.from('b')], one: 'c' } },
      { key: 'gone', value: null },
      { key: null, value: '', timestamp: '1700000000000' },
    ]
    await producer.send({ topic: bench.topic, messages })
    await all.promise
    expect(got.map(({ key }) => key)).toEqual([binary, Buffer.from('gone'), null])
    expect(got.map(({ value }) => value)).toEqual([binary, null, Buffer.from('')])
    expect(got[0]?.headers?.['list']).toEqual([Buffer.from('a'), Buffer.from('b')])
    expect(got[0]?.headers?.['one']).toEqual(Buffer.from('c'))
    expect(got[2]?.timestamp).toBe('1700000000000')
  })

  it('that is refused rejects as kafkajs rejects it, named by the protocol', async () => {
    const { bench, recorder } = setup
    const bare = await bench.producer(bench.connect(), { retry: { retries: 0 } })
    const traced = await bench.producer(bench.traced(), { retry: { retries: 0 } })
    const record = { topic: 'no such topic!', messages: [{ value: '1' }] }
    const errors = await Promise.all(
      [bare, traced].map((producer) => producer.send(record).catch((error: unknown) => error)),
    )
    expect(String(errors[1])).toBe(String(errors[0]))
    expect(errors[1]?.constructor.name).toBe(errors[0]?.constructor.name)
    expect(recorder.spans.find(isSend)?.attributes[names.ERROR_TYPE]).toBe('INVALID_TOPIC_EXCEPTION')
  })
})
