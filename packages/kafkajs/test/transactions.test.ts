import { SpanKind } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import type { Producer, Transaction } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { clients, deferred, isCommit, isCreate, isProcess, isSend, setUp, type Span } from './support.ts'

const outcome = ({ name }: Span): boolean => /^(commit|abort)Transaction /.test(name)

describe.each(clients)('a transaction with %s', (_, Client) => {
  const setup = setUp(Client)

  const producer = (traced = true): Promise<Producer> => {
    const { bench } = setup
    return bench.producer(traced ? bench.traced() : bench.connect(), {
      transactionalId: `${bench.groupId}-${traced}`,
      maxInFlightRequests: 1,
      idempotent: true,
    })
  }

  it('traces what it sends, the offsets that it commits, and its commit, which links to what it sent', async () => {
    const { bench, recorder } = setup
    const transaction = await (await producer()).transaction()
    await transaction.send({ topic: bench.topic, messages: [{ value: '1' }] })
    await transaction.sendBatch({
      topicMessages: [{ topic: bench.topic, messages: [{ value: '2' }, { value: '3' }] }],
    })
    await transaction.sendOffsets({
      consumerGroupId: bench.groupId,
      topics: [{ topic: bench.topic, partitions: [{ partition: 0, offset: '1' }] }],
    })
    await transaction.commit()
    const { topic } = bench
    const verbs = ['send', 'create', 'create', 'send', 'commit', 'commitTransaction']
    expect(recorder.spans.map(({ name }) => name)).toEqual(verbs.map((verb) => `${verb} ${topic}`))
    const offsets = recorder.spans.find(isCommit)
    expect(offsets?.attributes).toMatchObject({
      [names.MESSAGING_CONSUMER_GROUP_NAME]: bench.groupId,
      [names.KAFKA_OFFSET]: 1,
    })
    const commit = recorder.spans.find(outcome)
    expect(commit?.kind).toBe(SpanKind.CLIENT)
    const [first] = recorder.spans.filter(isSend)
    const sent = [first, ...recorder.spans.filter(isCreate)].map((span) => span?.spanContext().spanId)
    expect(commit?.links.map(({ context }) => context.spanId)).toEqual(sent)
    expect(recorder.open).toBe(0)
  })

  it('links its end to all that it has sent, however much', async () => {
    const { bench, recorder } = setup
    const transaction = await (await producer()).transaction()
    const messages = Array.from({ length: 100 }, (_, n) => ({ value: String(n) }))
    for (let calls = 0; calls < 3; calls++) await transaction.send({ topic: bench.topic, messages })
    await transaction.commit()
    const created = recorder.spans.filter(isCreate).map((span) => span.spanContext().spanId)
    expect(new Set(created).size).toBe(300)
    const linked = recorder.spans.filter(outcome).flatMap(({ links }) => links)
    expect(linked.map(({ context }) => context.spanId).toSorted()).toEqual(created.toSorted())
    expect(recorder.open).toBe(0)
  })

  it('that is of ignored topics alone is left alone, its offsets and its end, too', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced({ ignore: () => true })
    const sender = await bench.producer(kafka, { transactionalId: bench.groupId, idempotent: true })
    const transaction = await sender.transaction()
    await transaction.send({ topic: bench.topic, messages: [{ value: '1' }] })
    await transaction.sendOffsets({
      consumerGroupId: bench.groupId,
      topics: [{ topic: bench.topic, partitions: [{ partition: 0, offset: '1' }] }],
    })
    await transaction.commit()
    expect(recorder.spans).toEqual([])
    expect(recorder.open).toBe(0)
  })

  it('that is aborted says so, and its messages are handled by nobody', async () => {
    const { bench, recorder } = setup
    const sender = await producer()
    const handled: string[] = []
    const done = deferred()
    await bench.run(bench.traced(), {
      eachMessage: async ({ message }) => {
        handled.push(String(message.value))
        if (String(message.value) === 'kept') done.resolve()
      },
    })
    const aborted = await sender.transaction()
    await aborted.send({ topic: bench.topic, messages: [{ value: 'dropped' }] })
    await aborted.abort()
    const committed = await sender.transaction()
    await committed.send({ topic: bench.topic, messages: [{ value: 'kept' }] })
    await committed.commit()
    await done.promise
    await recorder.waitFor(isProcess)
    expect(handled).toEqual(['kept'])
    expect(recorder.spans.filter(outcome).map(({ name }) => name.split(' ')[0])).toEqual([
      'abortTransaction',
      'commitTransaction',
    ])
  })

  it('that is never ended leaves no span open', async () => {
    const { bench, recorder } = setup
    const transaction = await (await producer()).transaction()
    await transaction.send({ topic: bench.topic, messages: [{ value: '1' }] })
    expect(transaction.isActive()).toBe(true)
    expect(recorder.spans.map(({ name }) => name)).toEqual([`send ${bench.topic}`])
    expect(recorder.open).toBe(0)
  })

  it('behaves as it does without us: its answers, its refusals, its state', async () => {
    const script = async (transaction: Transaction): Promise<unknown[]> => {
      const { topic, groupId } = setup.bench
      const record = { topic, messages: [{ value: '1' }] }
      const told = (answer: Promise<unknown>): Promise<unknown> =>
        answer.then((value) => (Array.isArray(value) ? value.length : value), String)
      return [
        transaction.isActive(),
        await told(transaction.send(record)),
        await told(transaction.sendBatch({ topicMessages: [record] })),
        await told(transaction.sendOffsets({ consumerGroupId: groupId, topics: [] })),
        await told(transaction.sendOffsets({ consumerGroupId: groupId, topics: [null] as never })),
        await told(transaction.commit()),
        transaction.isActive(),
        await told(transaction.commit()),
        await told(transaction.abort()),
        await told(transaction.send(record)),
      ]
    }
    const bare = await script(await (await producer(false)).transaction())
    expect(await script(await (await producer()).transaction())).toEqual(bare)
    const failed = setup.recorder.spans.filter((span) => outcome(span) && names.ERROR_TYPE in span.attributes)
    expect(failed.map(({ attributes }) => attributes[names.ERROR_TYPE])).toEqual([
      'KafkaJSNonRetriableError',
      'KafkaJSNonRetriableError',
    ])
    expect(setup.recorder.open).toBe(0)
  })
})
