import * as names from '@flowstitch/core/semconv'
import type { IHeaders } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { lineageOf } from '@flowstitch/dialects/kafka'
import { deferred, isProcess, isSend, setUp } from './support.ts'

function java(bytes: 4 | 8, value: number): Buffer {
  const buffer = Buffer.alloc(bytes)
  buffer.writeUInt32BE(value, bytes - 4)
  return buffer
}

const lineage = (topic: string, headers: IHeaders): unknown => lineageOf(topic, headers)

describe('the lineage of a message', () => {
  it.each<[string, IHeaders]>([
    [
      'Spring',
      {
        'kafka_dlt-original-topic': Buffer.from('orders'),
        'kafka_dlt-original-partition': java(4, 3),
        'kafka_dlt-original-offset': java(8, 1842),
        'kafka_dlt-exception-fqcn': Buffer.from('Boom'),
      },
    ],
    [
      'Kafka Connect',
      {
        '__connect.errors.topic': Buffer.from('orders'),
        '__connect.errors.partition': Buffer.from('3'),
        '__connect.errors.offset': Buffer.from('1842'),
        '__connect.errors.exception.class.name': Buffer.from('Boom'),
      },
    ],
    [
      "Spring's retry topics",
      {
        'kafka_original-topic': Buffer.from('orders'),
        'kafka_original-partition': java(4, 3),
        'kafka_original-offset': java(8, 1842),
        'kafka_exception-fqcn': Buffer.from('Boom'),
        'retry_topic-attempts': java(4, 4),
      },
    ],
  ])('in a dead-letter topic of %s names its original and the reason', (_, headers) => {
    expect(lineage('orders-dlt', headers)).toEqual({
      original: 'kafka/orders/3/1842',
      deadLetter: { source: 'orders', reason: 'Boom' },
    })
  })

  it("in one of Spring's retry topics is an attempt, and no dead letter", () => {
    const headers = { 'kafka_original-topic': 'orders', 'retry_topic-attempts': java(4, 3) }
    expect(lineage('orders-retry-1', headers)).toEqual({ original: undefined, attempt: 3 })
  })

  it.each<[string, IHeaders]>([
    ['no headers of theirs', { tenant: 'blue' }],
    ['the topic that it is in', { 'kafka_dlt-original-topic': 'orders' }],
  ])('is none with %s', (_, headers) => {
    expect(lineage('orders', headers)).toEqual({})
  })

  it.each<[string, IHeaders[string]]>([
    ['nothing', undefined],
    ['text', 'three'],
    ['an empty value', Buffer.alloc(0)],
    ['more bytes than a number has', Buffer.alloc(9)],
    ['a number that is none', java(8, 0xffff_ffff).fill(0xff)],
  ])('has no place where a number is %s', (_, value) => {
    const headers = {
      '__connect.errors.topic': 'orders',
      '__connect.errors.partition': '3',
      '__connect.errors.offset': value,
    }
    expect(lineage('dead', headers)).toMatchObject({ original: undefined, deadLetter: { source: 'orders' } })
  })

  it('counts by the last of headers that pile up', () => {
    const headers = { '__connect.errors.topic': ['first', Buffer.from('second')] }
    expect(lineage('dead', headers)).toMatchObject({ deadLetter: { source: 'second' } })
  })
})

describe('a message that is sent on', () => {
  const setup = setUp()

  it('by way of a retry topic to a dead-letter topic stays the message that it was', async () => {
    const { bench, recorder } = setup
    const { topic } = bench
    const [retry, dead] = [`${topic}-retry`, `${topic}-dlt`]
    for (const other of [retry, dead]) await bench.createTopic(other)
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    const done = deferred()
    const next: Record<string, string> = { [topic]: retry, [retry]: dead }
    await bench.run(
      kafka,
      {
        // What a program has to do: send the message on with the headers that it came with, and add whose copy it is.
        eachMessage: async ({ topic: from, partition, message }) => {
          const to = next[from]
          if (to === undefined) return done.resolve()
          const { key, value, headers, offset } = message
          const lost = Number(String(headers?.['retry_topic-attempts'] ?? 1))
          const original = {
            'kafka_original-topic': from,
            'kafka_original-partition': String(partition),
            'kafka_original-offset': offset,
            ...headers,
          }
          const more = { 'retry_topic-attempts': String(lost + 1), 'kafka_exception-fqcn': 'Boom' }
          await producer.send({ topic: to, messages: [{ key, value, headers: { ...original, ...more } }] })
        },
      },
      { topics: [topic, retry, dead] },
    )
    await producer.send({ topic, messages: [{ value: '1' }] })
    await done.promise
    const handled = await recorder.waitForAll(isProcess, 3)
    const [sent] = recorder.spans.filter(isSend)
    for (const { links } of handled) expect(links[0]?.context.spanId).toBe(sent?.spanContext().spanId)
    const told = [
      names.FLOWSTITCH_MESSAGE_ATTEMPT,
      names.FLOWSTITCH_MESSAGE_ORIGINAL,
      names.FLOWSTITCH_DEAD_LETTER_SOURCE,
      names.FLOWSTITCH_RELATION_REASON,
    ]
    expect(handled.map(({ attributes }) => told.map((name) => attributes[name]))).toEqual([
      [undefined, undefined, undefined, 'single'],
      [2, `kafka/${topic}/0/0`, undefined, 'redelivery'],
      [undefined, `kafka/${topic}/0/0`, topic, 'dead-letter'],
    ])
  })
})
