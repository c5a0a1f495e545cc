import { SpanKind } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import type { Producer } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { watchProducer } from '../src/endpoint.ts'
import { recordMetrics } from './metrics.ts'
import { deferred, isCreate, isProcess, isSend, setUp, type Span } from './support.ts'

/** Defects of the official instrumentation on the producer's side, by their numbers in the list of them. */
describe('what others got wrong about producers', () => {
  const setup = setUp()

  it('K10: a send of several is one send span with their count, and a create span each', async () => {
    const { bench, recorder } = setup
    const producer = await bench.producer(bench.traced())
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }, { value: '2' }] })
    const [send, ...others] = recorder.spans.filter(isSend)
    expect(others).toEqual([])
    expect(send?.kind).toBe(SpanKind.CLIENT)
    expect(send?.attributes[names.MESSAGING_BATCH_MESSAGE_COUNT]).toBe(2)
    const created = recorder.spans.filter(isCreate)
    expect(created.map(({ kind }) => kind)).toEqual([SpanKind.PRODUCER, SpanKind.PRODUCER])
    expect(send?.links.map(({ context }) => context.spanId)).toEqual(
      created.map((span) => span.spanContext().spanId),
    )
  })

  it('K11: frozen messages are sent, nothing that the caller owns is changed, and his own context stays', async () => {
    const { bench } = setup
    const producer = await bench.producer(bench.traced())
    const headers = Object.freeze({ traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` })
    const messages = [Object.freeze({ value: '1', headers }), Object.freeze({ value: '2' })]
    await producer.send(
      Object.freeze({ topic: bench.topic, messages: Object.freeze(messages) as typeof messages }),
    )
    const came: unknown[] = []
    const all = deferred()
    await bench.run(bench.connect(), {
      eachMessage: async ({ message }) => {
        if (came.push(String(message.headers?.['traceparent'])) === 2) all.resolve()
      },
    })
    await all.promise
    expect(came[0]).toBe(headers.traceparent)
    expect(came[1]).toMatch(/^00-/)
    expect(Object.keys(messages[1] ?? {})).toEqual(['value'])
  })

  it.each([
    ['a record without messages', (topic: string) => ({ topic })],
    ['messages that are no list', (topic: string) => ({ topic, messages: 'one' })],
    ['a message that is none', (topic: string) => ({ topic, messages: [null] })],
    ['a message without a value', (topic: string) => ({ topic, messages: [{ key: 'a' }] })],
    ['a record without a topic', () => ({ messages: [{ value: '1' }] })],
    ['nothing', () => undefined],
  ])('K12: %s is refused by kafkajs, in its own way and words', async (_, recordFor) => {
    const { bench, recorder } = setup
    const refuse = async (producer: Producer): Promise<string[]> => {
      const record = recordFor(bench.topic) as never
      const batch = record && ({ topicMessages: [record] } as never)
      return [
        await producer.send(record).then(String, (error: unknown) => `rejected: ${String(error)}`),
        await producer.sendBatch(batch).then(String, (error: unknown) => `rejected: ${String(error)}`),
      ]
    }
    const bare = await refuse(await bench.producer(bench.connect()))
    const traced = await refuse(await bench.producer(bench.traced()))
    expect(bare[0]).toMatch(/^rejected: /)
    expect(traced).toEqual(bare)
    expect(recorder.open).toBe(0)
  })

  it('K14: an operation is one point in the metrics, however many requests kafkajs makes of it', async () => {
    const { bench, recorder } = setup
    const collect = recordMetrics()
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    await bench.run(kafka, { autoCommitThreshold: 1, eachMessage: async () => {} })
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    await recorder.waitFor(({ name }) => name.startsWith('commit '))
    const points = (await collect()).get('messaging.client.operation.duration')?.dataPoints ?? []
    const told = points.map(({ attributes, value }) =>
      [
        attributes[names.MESSAGING_OPERATION_NAME],
        attributes[names.MESSAGING_OPERATION_TYPE],
        attributes[names.MESSAGING_DESTINATION_NAME],
        (value as { count: number }).count,
      ].join(' '),
    )
    expect(told.toSorted()).toEqual([`commit settle ${bench.topic} 1`, `send send ${bench.topic} 1`])
  })

  it.each([
    ['::1:9092', '::1', 9092],
    ['[2001:db8::1]:9093', '2001:db8::1', 9093],
    ['kafka.example:9094', 'kafka.example', 9094],
  ])('K15: the broker %s has an address and a port', (broker, serverAddress, serverPort) => {
    let tell: (event: unknown) => void = () => {}
    const on = (_: string, listener: typeof tell): (() => void) => {
      tell = listener
      return () => {}
    }
    const client = { events: { REQUEST: 'producer.network.request' }, on }
    const endpoint = watchProducer(client as unknown as Producer)
    expect(endpoint()).toEqual({})
    tell({ payload: { clientId: 'shop', broker } })
    expect(endpoint()).toEqual({ clientId: 'shop', serverAddress, serverPort })
  })

  it('K16: every instrument has a unit and says what it counts', async () => {
    const { bench, recorder } = setup
    const collect = recordMetrics()
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    await bench.run(kafka, { eachMessage: async () => {} })
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }] })
    await recorder.waitFor(isProcess)
    const units = [...(await collect()).values()].map(({ descriptor }) => {
      expect(descriptor.description).not.toBe('')
      return [descriptor.name, descriptor.unit]
    })
    expect(Object.fromEntries(units)).toMatchObject({
      'messaging.client.operation.duration': 's',
      'messaging.client.sent.messages': '{message}',
      'messaging.client.consumed.messages': '{message}',
      'messaging.process.duration': 's',
    })
    for (const [, unit] of units) expect(unit).not.toBe('')
  })

  it('K17: the end of a transaction is a client span without a status of ours, once, and none where it never ends', async () => {
    const { bench, recorder } = setup
    const isEnd = ({ name }: Span): boolean => name.includes('Transaction')
    const producer = await bench.producer(bench.traced(), {
      transactionalId: bench.groupId,
      maxInFlightRequests: 1,
      idempotent: true,
    })
    const transaction = await producer.transaction()
    await transaction.send({ topic: bench.topic, messages: [{ value: '1' }] })
    expect(recorder.spans.filter(isEnd)).toEqual([])
    expect(recorder.open).toBe(0)
    await transaction.commit()
    await transaction.abort().catch(() => {})
    const [commit, abort] = recorder.spans.filter(isEnd)
    expect([commit?.kind, commit?.status, commit?.events]).toEqual([SpanKind.CLIENT, { code: 0 }, []])
    expect(abort?.attributes[names.ERROR_TYPE]).toBe('KafkaJSNonRetriableError')
    expect(recorder.spans.filter(isEnd)).toHaveLength(2)
  })

  it('K18: an error is named by the protocol, below the wrappers of kafkajs', async () => {
    const { bench, recorder } = setup
    const producer = await bench.producer(bench.traced(), {
      allowAutoTopicCreation: false,
      retry: { retries: 1, initialRetryTime: 10 },
    })
    const tooLarge = { value: Buffer.alloc(2_000_000) }
    await expect(producer.send({ topic: bench.topic, messages: [tooLarge] })).rejects.toMatchObject({
      type: 'MESSAGE_TOO_LARGE',
    })
    expect(recorder.spans.find(isSend)?.attributes[names.ERROR_TYPE]).toBe('MESSAGE_TOO_LARGE')
    recorder.clear()
    const topic = `${bench.topic}-missing`
    await expect(producer.send({ topic, messages: [{ value: '1' }] })).rejects.toMatchObject({
      name: 'KafkaJSNumberOfRetriesExceeded',
    })
    expect(recorder.spans.find(isSend)?.attributes[names.ERROR_TYPE]).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })
})
