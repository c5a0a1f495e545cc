import { instrumentKafka } from '@flowstitch/kafkajs'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import { SpanKind } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { wrapHandler } from '../src/index.ts'
import { connectKafka, createTopic, pollKafka } from './kafka-events.ts'
import { lambdaContext, linkedBy, only, spanIdOf } from './support.ts'

const bare = connectKafka()
let recorder: SpanRecorder
beforeEach(() => {
  recorder = recordSpans()
})
afterEach(() => recorder.shutdown())

async function send(topic: string, ...messages: { value: string; partition?: number }[]): Promise<void> {
  const producer = instrumentKafka(connectKafka()).producer()
  await producer.connect()
  await producer.send({ topic, messages: messages.map((message) => ({ key: 'k', ...message })) })
  await producer.disconnect()
}

const isHandling = ({ name }: { name: string }): boolean => name.startsWith('process ')
const text = ({ value }: { value: string }): string => Buffer.from(value, 'base64').toString()

describe('a handler of records of Kafka', () => {
  it('continues the trace of the only record of an event', async () => {
    const topic = await createTopic()
    await send(topic, { value: 'a' })
    const event = await pollKafka(bare, topic, 1)
    const seen: string[] = []
    const handler = wrapHandler.kafka((record) => void seen.push(text(record)))
    await handler(event, lambdaContext())
    expect(seen).toEqual(['a'])
    const handling = only(recorder.spans, isHandling)
    const sender = only(recorder.spans, ({ kind }) => kind === SpanKind.PRODUCER)
    expect(handling.parentSpanContext?.spanId).toBe(spanIdOf(sender))
    expect(handling.name).toBe(`process ${topic}`)
    expect(handling.attributes).toMatchObject({
      'messaging.system.name': 'kafka',
      'messaging.destination.partition.id': '0',
      'kafka.offset': 0,
      'kafka.message.key': 'k',
    })
    const invocation = only(recorder.spans, ({ kind }) => kind === SpanKind.SERVER)
    expect(linkedBy(invocation)).toEqual([spanIdOf(handling)])
  })

  it('reports what failed, and what lies behind it in its partition', async () => {
    const topic = await createTopic(2)
    const values = ['a0', 'a1', 'a2', 'b0', 'b1']
    await send(topic, ...values.map((value) => ({ value, partition: value.startsWith('a') ? 0 : 1 })))
    const event = await pollKafka(bare, topic, 5)
    const handled: string[] = []
    const handler = wrapHandler.kafka(
      (record) => {
        const value = text(record)
        if (value === 'a1') throw new Error('no')
        handled.push(value)
      },
      { partialFailures: true, onFailure: () => {}, concurrency: 2 },
    )
    expect(await handler(event, lambdaContext())).toEqual({
      batchItemFailures: [1, 2].map((offset) => ({ itemIdentifier: { partition: `${topic}-0`, offset } })),
    })
    expect(handled.toSorted()).toEqual(['a0', 'b0', 'b1'])
    const creates = recorder.spans.filter(({ name }) => name.startsWith('create ')).map(spanIdOf)
    const linked = recorder.spans.filter(isHandling).flatMap(linkedBy)
    expect(linked).toHaveLength(4)
    expect(creates).toEqual(expect.arrayContaining(linked))
  })
})
