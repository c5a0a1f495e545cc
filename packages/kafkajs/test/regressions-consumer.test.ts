import { setTimeout } from 'node:timers/promises'
import { context, propagation, SpanKind, trace } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import type { Message } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { processKafka, type KafkaOptions } from '../src/index.ts'
import { recordMetrics } from './metrics.ts'
import { isCommit, isCreate, isProcess, isSend, setUp, type Span } from './support.ts'

const isBatch = (span: Span): boolean => isProcess(span) && span.parentSpanContext === undefined
const isSingle = (span: Span): boolean => isProcess(span) && span.parentSpanContext !== undefined
const lengthMs = ({ duration: [seconds, nanos] }: Span): number => seconds * 1e3 + nanos / 1e6

/** Defects of the official instrumentation on the consumer's side, by their numbers in the list of them. */
describe('what others got wrong about consumers', () => {
  const setup = setUp()

  async function roundTrip(message: Message, options?: KafkaOptions): Promise<Span> {
    const { bench, recorder } = setup
    const kafka = bench.traced(options)
    const producer = await bench.producer(kafka)
    await bench.run(kafka, { eachMessage: async () => {} })
    await producer.send({ topic: bench.topic, messages: [message] })
    return recorder.waitFor(isProcess)
  }

  it('K1: a message is linked to, whether or not its trace goes on, which is an option', async () => {
    const parented = await roundTrip({ value: '1' })
    const sent = setup.recorder.spans.find(isSend)?.spanContext()
    expect(parented.parentSpanContext?.spanId).toBe(sent?.spanId)
    expect(parented.links.map((link) => link.context.spanId)).toEqual([sent?.spanId])
  })

  it('K1: relation link starts a new trace', async () => {
    const linked = await roundTrip({ value: '1' }, { relation: 'link' })
    const sent = setup.recorder.spans.find(isSend)?.spanContext()
    expect(linked.parentSpanContext).toBeUndefined()
    expect(linked.spanContext().traceId).not.toBe(sent?.traceId)
    expect(linked.links.map((link) => link.context.spanId)).toEqual([sent?.spanId])
  })

  it('K2: a batch is processed, not polled: a consumer span that links to every message', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }, { value: '2' }] })
    await bench.run(kafka, { eachBatch: async () => {} })
    const batch = await recorder.waitFor(isBatch)
    expect(batch.kind).toBe(SpanKind.CONSUMER)
    expect(batch.attributes).toMatchObject({
      [names.MESSAGING_OPERATION_TYPE]: 'process',
      [names.MESSAGING_BATCH_MESSAGE_COUNT]: 2,
    })
    const created = recorder.spans.filter(isCreate).map((span) => span.spanContext().spanId)
    expect(batch.links.map((link) => link.context.spanId)).toEqual(created)
    expect(recorder.spans.filter(({ name }) => name.startsWith('poll'))).toEqual([])
  })

  it('K3: the messages of a batch last as long as their own work, which hangs below them', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const collect = recordMetrics()
    const producer = await bench.producer(kafka)
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }, { value: '2' }, { value: '3' }] })
    await bench.run(kafka, {
      eachBatch: ({ batch }) =>
        processKafka(batch, async () => {
          trace.getTracer('test').startSpan('work').end()
          await setTimeout(40)
        }),
    })
    const batch = await recorder.waitFor(isBatch)
    const singles = recorder.spans.filter(isSingle)
    const works = recorder.spans.filter(({ name }) => name === 'work')
    expect(works.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(
      singles.map((span) => span.spanContext().spanId),
    )
    expect(singles.reduce((sum, span) => sum + lengthMs(span), 0)).toBeLessThanOrEqual(lengthMs(batch) + 5)
    for (const single of singles) expect(lengthMs(single)).toBeGreaterThan(30)
    const points = (await collect()).get('messaging.process.duration')?.dataPoints ?? []
    expect(points).toHaveLength(1)
  })

  it("K4: baggage survives a batch, and the batch's links say which message they are to", async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    const tenants: unknown[] = []
    await bench.run(kafka, {
      eachBatch: ({ batch }) =>
        processKafka(batch, () => {
          tenants.push(propagation.getActiveBaggage()?.getEntry('tenant')?.value)
        }),
    })
    const baggage = propagation.createBaggage({ tenant: { value: 'blue' } })
    await context.with(propagation.setBaggage(context.active(), baggage), () =>
      producer.send({ topic: bench.topic, messages: [{ key: 'a', value: '1' }, { value: '2' }] }),
    )
    const batch = await recorder.waitFor(isBatch)
    expect(tenants).toEqual(['blue', 'blue'])
    expect(batch.links.map(({ attributes }) => attributes)).toMatchObject([
      { [names.KAFKA_OFFSET]: 0, [names.KAFKA_MESSAGE_KEY]: 'a' },
      { [names.KAFKA_OFFSET]: 1 },
    ])
  })

  it.each(['eachMessage', 'eachBatch'] as const)(
    'K5: a synchronous throw in %s ends its span and is counted, and the message comes again',
    async (shape) => {
      const { bench, recorder } = setup
      const collect = recordMetrics()
      const kafka = bench.traced()
      const producer = await bench.producer(kafka)
      let runs = 0
      class OutOfStock extends Error {}
      const handler = (): Promise<void> => {
        if (++runs === 1) throw new OutOfStock('no stock')
        return Promise.resolve()
      }
      await bench.run(kafka, { [shape]: handler })
      await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
      const [failed] = await recorder.waitForAll(isProcess, 2)
      expect(failed?.status.message).toBe('no stock')
      expect(failed?.attributes[names.ERROR_TYPE]).toBe('OutOfStock')
      const points = (await collect()).get('messaging.process.duration')?.dataPoints ?? []
      expect(points.map(({ attributes }) => attributes[names.ERROR_TYPE])).toEqual(['OutOfStock', undefined])
      expect(recorder.open).toBe(0)
    },
  )

  it('K6: the offset is a number', async () => {
    expect((await roundTrip({ value: '1' })).attributes[names.KAFKA_OFFSET]).toBe(0)
  })

  it('K7: a binary key is no text, and an empty one is', async () => {
    const binary = await roundTrip({ key: Buffer.from([0, 255, 254]), value: '1' })
    expect(binary.attributes).not.toHaveProperty([names.KAFKA_MESSAGE_KEY])
    const { bench, recorder } = setup
    recorder.clear()
    const producer = await bench.producer(bench.traced())
    await producer.send({ topic: bench.topic, messages: [{ key: '', value: '1' }] })
    for (const span of [await recorder.waitFor(isProcess), recorder.spans.find(isSend)])
      expect(span?.attributes[names.KAFKA_MESSAGE_KEY]).toBe('')
  })

  it('K8: group, client and broker are named, the group on metrics, too', async () => {
    const collect = recordMetrics()
    const { attributes } = await roundTrip({ value: '1' })
    const { groupId } = setup.bench
    expect(attributes).toMatchObject({
      [names.MESSAGING_CONSUMER_GROUP_NAME]: groupId,
      [names.MESSAGING_CLIENT_ID]: 'workbench',
      [names.SERVER_ADDRESS]: '127.0.0.1',
      [names.SERVER_PORT]: expect.any(Number),
    })
    const metrics = await collect()
    for (const name of ['messaging.client.consumed.messages', 'messaging.process.duration'])
      expect(metrics.get(name)?.dataPoints[0]?.attributes).toMatchObject({
        [names.MESSAGING_CONSUMER_GROUP_NAME]: groupId,
      })
  })

  it('K9: offsets that are resolved in a batch, and those committed by hand, are settled', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    const consumer = await bench.run(kafka, {
      eachBatchAutoResolve: false,
      eachBatch: async ({ batch, resolveOffset }) => {
        for (const { offset } of batch.messages) resolveOffset(offset)
      },
    })
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }, { value: '2' }] })
    const automatic = await recorder.waitFor(isCommit)
    expect(automatic.attributes[names.KAFKA_OFFSET]).toBe(2)
    await consumer.commitOffsets([{ topic: bench.topic, partition: 0, offset: '2' }])
    expect(recorder.spans.filter(isCommit)).toHaveLength(2)
  })

  it('K13: a header of several values still links', async () => {
    const { bench, recorder } = setup
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    const producer = await bench.producer(bench.connect())
    await bench.run(bench.traced(), { eachMessage: async () => {} })
    await producer.send({
      topic: bench.topic,
      messages: [{ value: '1', headers: { traceparent: [traceparent, traceparent] } }],
    })
    expect((await recorder.waitFor(isProcess)).links[0]?.context.traceId).toBe('a'.repeat(32))
  })

  it('K19: a retry is told from a first attempt, and a dead letter from a message', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    let runs = 0
    await bench.run(kafka, {
      eachMessage: async () => {
        if (++runs === 1) throw new Error('not yet')
      },
    })
    const headers = { 'kafka_dlt-original-topic': 'orders' }
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    await recorder.waitForAll(isProcess, 2)
    await producer.send({ topic: bench.topic, messages: [{ value: '2', headers }] })
    const spans = await recorder.waitForAll(isProcess, 3)
    const told = [names.FLOWSTITCH_MESSAGE_ATTEMPT, names.FLOWSTITCH_DEAD_LETTER_SOURCE]
    expect(spans.map(({ attributes }) => told.map((name) => attributes[name]))).toEqual([
      [undefined, undefined],
      [2, undefined],
      [undefined, 'orders'],
    ])
  })

  it('K20: the hooks get the span of a batch as well as those of its messages', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced({
      onProcess: (span, { value }) => span.setAttribute('order', String(value)),
      onProcessBatch: (span, messages) =>
        span.setAttribute(
          'orders',
          messages.map(({ value }) => String(value)),
        ),
    })
    const producer = await bench.producer(kafka)
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }, { value: '2' }] })
    await bench.run(kafka, { eachBatch: ({ batch }) => processKafka(batch, () => {}) })
    const batch = await recorder.waitFor(isBatch)
    expect(batch.attributes['orders']).toEqual(['1', '2'])
    expect(recorder.spans.filter(isSingle).map(({ attributes }) => attributes['order'])).toEqual(['1', '2'])
  })
})
