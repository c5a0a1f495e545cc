import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import { describe, expect, it } from 'vitest'
import { clients, isProcess, isSend, setUp } from './support.ts'

/** `message.timestamp.type` of a topic whose records have the broker's time. */
const logAppendTime = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }]

describe.each(clients)('eachMessage with %s', (_, Client) => {
  const setup = setUp(Client)

  it('runs in the context of its message, whatever was active when the consumer was started', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    const active: unknown[] = []
    const started = trace.getTracer('test').startSpan('start of the program')
    await context.with(trace.setSpan(ROOT_CONTEXT, started), () =>
      bench.run(kafka, {
        eachMessage: async () => {
          await Promise.resolve()
          active.push(trace.getActiveSpan()?.spanContext().spanId)
        },
      }),
    )
    started.end()
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    await producer.send({ topic: bench.topic, messages: [{ value: '2' }] })
    const spans = await recorder.waitForAll(isProcess, 2)
    expect(active).toEqual(spans.map((span) => span.spanContext().spanId))
    const sent = recorder.spans.filter(isSend).map((span) => span.spanContext().spanId)
    expect(spans.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(sent)
  })

  it('reads several topics, each under its own name', async () => {
    const { bench, recorder } = setup
    const other = `${bench.topic}-other`
    await bench.createTopic(other)
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    await bench.run(kafka, { eachMessage: async () => {} }, { topics: [bench.topic, other] })
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    await producer.send({ topic: other, messages: [{ value: '2' }] })
    const spans = await recorder.waitForAll(isProcess, 2)
    expect(spans.map(({ name }) => name).toSorted()).toEqual([`process ${bench.topic}`, `process ${other}`])
    for (const { attributes } of spans) expect(attributes).not.toHaveProperty(['flowstitch.message.attempt'])
  })

  it("tells the broker's time where the topic keeps it, and leaves the producer's own as what it is", async () => {
    const { bench, recorder } = setup
    const appended = `${bench.topic}-appended`
    await bench.createTopic(appended, 1, logAppendTime)
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    await bench.run(kafka, { eachMessage: async () => {} }, { topics: [bench.topic, appended] })
    const before = Date.now()
    for (const topic of [bench.topic, appended]) await producer.send({ topic, messages: [{ value: '1' }] })
    const spans = await recorder.waitForAll(isProcess, 2)
    const timeIn = (topic: string): unknown =>
      spans.find(({ name }) => name === `process ${topic}`)?.attributes[names.FLOWSTITCH_MESSAGE_BROKER_TIME]
    expect(timeIn(bench.topic)).toBeUndefined()
    expect(timeIn(appended)).toBeGreaterThanOrEqual(before)
    expect(timeIn(appended)).toBeLessThanOrEqual(Date.now())
    for (const { attributes } of spans)
      expect(attributes[names.FLOWSTITCH_MESSAGE_DWELL]).toBeGreaterThanOrEqual(0)
  })

  it('pauses and resumes as it does without us', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    const handled: string[] = []
    const consumer = await bench.run(kafka, {
      eachMessage: async ({ message }) => {
        handled.push(String(message.value))
        if (handled.length === 1) consumer.pause([{ topic: bench.topic }])
      },
    })
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    await recorder.waitForAll(isProcess, 1)
    expect(consumer.paused()).toEqual([{ topic: bench.topic, partitions: [0] }])
    // In a batch of its own: kafkajs 2.0.0 hands out the rest of a batch in spite of the pause.
    await producer.send({ topic: bench.topic, messages: [{ value: '2' }] })
    expect(handled).toEqual(['1'])
    consumer.resume([{ topic: bench.topic }])
    const spans = await recorder.waitForAll(isProcess, 2)
    expect(handled).toEqual(['1', '2'])
    expect(spans.map(({ attributes }) => attributes[names.FLOWSTITCH_MESSAGE_ATTEMPT])).toEqual([
      undefined,
      undefined,
    ])
  })

  it('marks a tombstone', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    await bench.run(kafka, { eachMessage: async () => {} })
    await producer.send({ topic: bench.topic, messages: [{ key: 'a', value: null }] })
    for (const span of [await recorder.waitFor(isProcess), recorder.spans.find(isSend)])
      expect(span?.attributes[names.KAFKA_MESSAGE_TOMBSTONE]).toBe(true)
  })
})
