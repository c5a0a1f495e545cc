import { lineageOf, type Headers } from '@flowstitch/dialects/kafka'
import { describe, expect, it } from 'vitest'

function java(bytes: 4 | 8, value: number): Buffer {
  const buffer = Buffer.alloc(bytes)
  buffer.writeUInt32BE(value, bytes - 4)
  return buffer
}

describe('the lineage of a record', () => {
  it.each<[string, Headers]>([
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
    expect(lineageOf('orders-dlt', headers)).toEqual({
      original: 'kafka/orders/3/1842',
      deadLetter: { source: 'orders', reason: 'Boom' },
    })
  })

  it("in one of Spring's retry topics is an attempt, and no dead letter", () => {
    const headers = { 'kafka_original-topic': 'orders', 'retry_topic-attempts': java(4, 3) }
    expect(lineageOf('orders-retry-1', headers)).toEqual({ original: undefined, attempt: 3 })
  })

  it.each<[string, Headers]>([
    ['no headers of theirs', { tenant: 'blue' }],
    ['names that are no text', { 'kafka_dlt-original-topic': [['orders']] as never }],
    ['the topic that it is in', { 'kafka_dlt-original-topic': 'orders' }],
  ])('is none with %s', (_, headers) => {
    expect(lineageOf('orders', headers)).toEqual({})
  })

  it.each<[string, Headers[string]]>([
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
    expect(lineageOf('dead', headers)).toMatchObject({
      original: undefined,
      deadLetter: { source: 'orders' },
    })
  })

  it('counts by the last of headers that pile up', () => {
    const headers = { '__connect.errors.topic': ['first', Buffer.from('second')] }
    expect(lineageOf('dead', headers)).toMatchObject({ deadLetter: { source: 'second' } })
  })
})
