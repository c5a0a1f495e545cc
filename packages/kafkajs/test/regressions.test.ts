import { context, propagation, trace } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import type { Message } from 'kafkajs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { instrumentKafka, processKafka } from '../src/index.ts'
import { isProcess, isSend, Workbench, type Span } from './support.ts'

/** Defects of the official instrumentation, by their numbers in the list that they were found under. */
describe('what others got wrong', () => {
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

  async function roundTrip(message: Message): Promise<Span> {
    const kafka = instrumentKafka(bench.connect())
    const producer = await bench.producer(kafka)
    await bench.run(kafka, { eachMessage: async () => {} })
    await producer.send({ topic: bench.topic, messages: [message] })
    return recorder.waitFor(isProcess)
  }

  it('K4: baggage survives a batch', async () => {
    const kafka = instrumentKafka(bench.connect())
    const producer = await bench.producer(kafka)
    let tenant: string | undefined
    await bench.run(kafka, {
      eachBatch: ({ batch }) =>
        processKafka(batch, () => {
          tenant = propagation.getActiveBaggage()?.getEntry('tenant')?.value
        }),
    })
    const baggage = propagation.createBaggage({ tenant: { value: 'blue' } })
    await context.with(propagation.setBaggage(context.active(), baggage), () =>
      producer.send({ topic: bench.topic, messages: [{ value: '1' }] }),
    )
    await recorder.waitForAll(isProcess, 2)
    expect(tenant).toBe('blue')
  })

  it('K6, K8: the offset is a number, and group, client and broker are named', async () => {
    const { attributes } = await roundTrip({ value: '1' })
    expect(attributes).toMatchObject({
      [names.KAFKA_OFFSET]: 0,
      [names.MESSAGING_CONSUMER_GROUP_NAME]: bench.groupId,
      [names.MESSAGING_CLIENT_ID]: 'workbench',
      [names.SERVER_ADDRESS]: '127.0.0.1',
      [names.SERVER_PORT]: expect.any(Number),
    })
  })

  it('K7: a binary key is no text, and an empty one is', async () => {
    expect((await roundTrip({ key: Buffer.from([0, 255, 254]), value: '1' })).attributes).not.toHaveProperty([
      names.KAFKA_MESSAGE_KEY,
    ])
    recorder.clear()
    const producer = await bench.producer(instrumentKafka(bench.connect()))
    await producer.send({ topic: bench.topic, messages: [{ key: '', value: '1' }] })
    expect(recorder.spans.find(isSend)?.attributes[names.KAFKA_MESSAGE_KEY]).toBe('')
  })

  it('K10: a send of several is one send span with their count', async () => {
    const producer = await bench.producer(instrumentKafka(bench.connect()))
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }, { value: '2' }] })
    const spans = recorder.spans.filter(isSend)
    expect(spans).toHaveLength(1)
    expect(spans[0]?.attributes[names.MESSAGING_BATCH_MESSAGE_COUNT]).toBe(2)
  })

  it('K11: the messages that are sent stay as they are', async () => {
    const producer = await bench.producer(instrumentKafka(bench.connect()))
    const headers = Object.freeze({ tenant: 'blue' })
    const message = Object.freeze({ value: '1', headers })
    await producer.send(
      Object.freeze({ topic: bench.topic, messages: Object.freeze([message]) as (typeof message)[] }),
    )
    expect(Object.keys(headers)).toEqual(['tenant'])
  })

  it('K12: a record without messages is refused by kafkajs, in its own words', async () => {
    const record = { topic: bench.topic } as never
    const bare = await bench.producer(bench.connect())
    const traced = await bench.producer(instrumentKafka(bench.connect()))
    const refuse = (producer: typeof bare): Promise<string> => producer.send(record).then(String, String)
    expect(await refuse(traced)).toBe(await refuse(bare))
  })

  it('K13: a header of several values still links', async () => {
    const kafka = instrumentKafka(bench.connect())
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    const producer = await bench.producer(bench.connect())
    await bench.run(kafka, { eachMessage: async () => {} })
    await producer.send({
      topic: bench.topic,
      messages: [{ value: '1', headers: { traceparent: [traceparent, traceparent] } }],
    })
    expect((await recorder.waitFor(isProcess)).links[0]?.context.traceId).toBe('a'.repeat(32))
  })

  it('a tombstone is marked', async () => {
    expect((await roundTrip({ key: 'a', value: null })).attributes[names.KAFKA_MESSAGE_TOMBSTONE]).toBe(true)
  })

  it('K1, K3: children of a batch hang below their message, and last as long as their work', async () => {
    const kafka = instrumentKafka(bench.connect())
    const producer = await bench.producer(kafka)
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }, { value: '2' }] })
    await bench.run(kafka, {
      eachBatch: ({ batch }) =>
        processKafka(batch, async () => {
          trace.getTracer('test').startSpan('work').end()
        }),
    })
    const works = await recorder.waitForAll(({ name }) => name === 'work', 2)
    const singles = await recorder.waitForAll(
      (span) => isProcess(span) && span.parentSpanContext !== undefined,
      2,
    )
    expect(works.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(
      singles.map((span) => span.spanContext().spanId),
    )
    // The first message's span has ended before the second one's work began.
    expect(recorder.spans.indexOf(singles[0] as Span)).toBeLessThan(recorder.spans.indexOf(works[1] as Span))
  })
})
