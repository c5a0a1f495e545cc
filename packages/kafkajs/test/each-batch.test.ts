import { trace } from '@opentelemetry/api'
import type { Batch, KafkaMessage } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { processKafka } from '../src/index.ts'
import { clients, deferred, isCommit, isProcess, isSend, setUp, type Span } from './support.ts'

const isSingle = (span: Span): boolean => isProcess(span) && span.parentSpanContext !== undefined
const isBatch = (span: Span): boolean => isProcess(span) && span.parentSpanContext === undefined
const work = (name: string): void => trace.getTracer('test').startSpan(name).end()

describe.each(clients)('eachBatch with %s', (_, Client) => {
  const setup = setUp(Client)

  it('gets the very helpers of kafkajs', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    let seen: unknown[] = []
    await bench.run(kafka, {
      eachBatchAutoResolve: false,
      async eachBatch({ batch, resolveOffset, heartbeat, commitOffsetsIfNecessary, isRunning, ...more }) {
        for (const message of batch.messages) {
          resolveOffset(message.offset)
          await heartbeat()
        }
        const { isStale, uncommittedOffsets } = more
        seen = [
          batch.messages.length,
          [batch.firstOffset(), batch.lastOffset(), batch.offsetLag(), batch.isEmpty()],
          isRunning(),
          isStale(),
          uncommittedOffsets().topics.length,
        ]
        await commitOffsetsIfNecessary(uncommittedOffsets())
      },
    })
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }, { value: '2' }] })
    await recorder.waitFor(isCommit)
    expect(seen).toEqual([2, ['0', '1', '0', false], true, false, 1])
  })

  it('runs what is handed to processKafka in the context of its message', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    await producer.send({ topic: bench.topic, messages: [{ value: '1' }, { value: '2' }] })
    await bench.run(kafka, {
      eachBatch: async ({ batch }) => {
        for (const message of batch.messages) {
          await processKafka(batch, message, async () => work(`alone ${String(message.value)}`))
        }
      },
    })
    const batch = await recorder.waitFor(isBatch)
    const parentOf = ({ parentSpanContext }: Span): string | undefined => parentSpanContext?.spanId
    const alone = recorder.spans.filter(({ name }) => name.startsWith('alone'))
    const singles = recorder.spans.filter(isSingle)
    expect(alone.map(parentOf)).toEqual(singles.map((span) => span.spanContext().spanId))
    expect(singles.map(parentOf)).toEqual([batch.spanContext().spanId, batch.spanContext().spanId])
    for (const [index, single] of singles.entries())
      expect(single.links.map(({ context }) => context)).toMatchObject([
        { spanId: batch.links[index]?.context.spanId },
      ])
  })

  it('stops at the first failure, which is the answer of processKafka', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    const messages = [{ value: 'good' }, { value: 'bad' }, { value: 'never' }]
    await producer.send({ topic: bench.topic, messages })
    const handled: string[] = []
    const failure = deferred<unknown>()
    await bench.run(kafka, {
      eachBatch: async ({ batch }) => {
        await processKafka(batch, async ({ value }) => {
          handled.push(String(value))
          if (String(value) === 'bad') throw new Error('bad order')
        }).catch(failure.resolve)
      },
    })
    expect(String(await failure.promise)).toBe('Error: bad order')
    expect(handled).toEqual(['good', 'bad'])
    const failed = await recorder.waitFor(({ status }) => status.message === 'bad order')
    expect(isSingle(failed)).toBe(true)
    await recorder.waitFor(isBatch)
  })

  it('links to every one of five hundred messages that share a send span', async () => {
    const { bench, recorder } = setup
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    await producer.send({
      topic: bench.topic,
      messages: Array.from({ length: 500 }, (__, index) => ({ value: String(index) })),
    })
    const sent = recorder.spans.find(isSend)?.spanContext().spanId
    await bench.run(kafka, { eachBatch: async () => {} })
    await recorder.waitFor(isBatch)
    const links = recorder.spans.filter(isProcess).flatMap(({ links: own }) => own)
    expect(links).toHaveLength(500)
    expect(new Set(links.map(({ context }) => context.spanId))).toEqual(new Set([sent]))
    expect(new Set(links.map(({ attributes }) => attributes?.['kafka.offset'])).size).toBe(500)
  })
})

describe('processKafka', () => {
  const setup = setUp()

  it('just calls the handler for a batch that no instrumented consumer has handed out', () => {
    const message = { value: Buffer.from('1'), offset: '0', headers: {} } as unknown as KafkaMessage
    const batch = { topic: 'orders', partition: 0, messages: [message] } as unknown as Batch
    expect(processKafka(batch, message, () => 42)).toBe(42)
    expect(setup.recorder.spans).toHaveLength(0)
  })
})
