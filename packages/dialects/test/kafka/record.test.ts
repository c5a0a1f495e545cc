import type { MessageFacts } from '@flowstitch/core'
import {
  eventCarrier,
  eventFacts,
  incomingFacts,
  outgoingFacts,
  type EventRecord,
  type IncomingRecord,
  type RecordOptions,
} from '@flowstitch/dialects/kafka'
import { describe, expect, it } from 'vitest'

const place = { topic: 'orders', partition: 3 }
const record: IncomingRecord = {
  offset: '1842',
  timestamp: '1700000000000',
  key: 'k',
  value: Buffer.from('Köln'),
}
const retried = { 'kafka_original-topic': 'shop', 'retry_topic-attempts': '3' }

/** The facts of that record, with something else about it. */
function factsWith(more: Partial<IncomingRecord>, options: RecordOptions = {}): MessageFacts {
  return incomingFacts(place, { ...record, ...more }, options, undefined, false)
}

describe('a record that came', () => {
  it('has its place, its key and its time', () => {
    expect(factsWith({})).toEqual({
      partition: '3',
      offset: 1842,
      sentTimeMs: 1_700_000_000_000,
      key: 'k',
      tombstone: false,
    })
  })

  it('tells its size where that is wanted, and no key where that is not', () => {
    const facts = factsWith({}, { captureKey: false, captureBodySize: true })
    expect(facts).toMatchObject({ key: undefined, bodySize: 5 })
  })

  it('has the time of the broker where the topic keeps that', () => {
    const { brokerTimeMs, sentTimeMs } = incomingFacts(place, record, {}, undefined, true)
    expect([brokerTimeMs, sentTimeMs]).toEqual([1_700_000_000_000, undefined])
  })

  it.each([0, -1, '-1', 'none', undefined])('has no time where its timestamp is %j', (timestamp) => {
    expect(factsWith({ timestamp }).sentTimeMs).toBeUndefined()
  })

  it.each<[string, IncomingRecord['key'], string | undefined]>([
    ['text', 'k', 'k'],
    ['text in bytes', Buffer.from('Köln'), 'Köln'],
    ['text with the mark of what is none', Buffer.from('\ufffd'), '\ufffd'],
    ['bytes that are no text', Buffer.from([0, 255, 254]), undefined],
    ['empty', '', ''],
    ['null', null, undefined],
  ])('with a key that is %s tells it if it is text', (_, key, told) => {
    expect(factsWith({ key }).key).toBe(told)
  })

  it.each<[number | undefined, IncomingRecord['headers'], number | undefined]>([
    [undefined, undefined, undefined],
    [2, undefined, 2],
    [undefined, retried, 3],
    [2, retried, 4],
  ])(
    'for the %j. time, with %j, counts attempts over retry topics and within its own',
    (own, headers, all) => {
      const facts = incomingFacts(
        { topic: 'shop-retry', partition: 3 },
        { ...record, headers },
        {},
        own,
        false,
      )
      expect(facts.attempt).toBe(all)
    },
  )

  it('without a value is a tombstone, and without bytes is none', () => {
    expect(factsWith({ value: null }).tombstone).toBe(true)
    expect(factsWith({ value: '' }).tombstone).toBe(false)
  })
})

describe('a record that is sent', () => {
  it('has the partition that its sender has chosen, and its own destination', () => {
    expect(outgoingFacts({ key: 'k', value: null, partition: 0 }, {}, { name: 'orders' })).toEqual({
      destination: { name: 'orders' },
      partition: '0',
      key: 'k',
      tombstone: true,
    })
    expect(outgoingFacts({ value: 'Köln' }, { captureBodySize: true })).toEqual({
      tombstone: false,
      bodySize: 5,
    })
  })
})

describe('a record in an event of Lambda', () => {
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  const event: EventRecord = {
    topic: 'orders',
    partition: 3,
    offset: 1842,
    timestamp: 1_700_000_000_000,
    timestampType: 'CREATE_TIME',
    key: Buffer.from('Köln').toString('base64'),
    value: Buffer.from('Köln').toString('base64'),
    headers: [{ traceparent: [...Buffer.from(traceparent)] }],
  }

  it('says what the same record says to a client', () => {
    const options = { captureBodySize: true }
    expect(eventFacts(event, options)).toEqual(factsWith({ key: 'Köln' }, options))
  })

  it('has its headers', () => {
    expect(eventCarrier.get(event, 'traceparent')).toBe(traceparent)
    expect(eventCarrier.names(event)).toEqual(['traceparent'])
    const bare = { ...event, headers: null }
    expect([eventCarrier.get(bare, 'traceparent'), eventCarrier.names(bare)]).toEqual([undefined, []])
  })

  it('has the history that they tell', () => {
    const headers = Object.entries(retried).map(([name, value]) => ({ [name]: [...Buffer.from(value)] }))
    expect(eventFacts({ ...event, topic: 'shop-retry', headers }, {}).attempt).toBe(3)
  })

  it('has the time of the broker where the topic keeps that', () => {
    const facts = eventFacts({ ...event, timestampType: 'LOG_APPEND_TIME' }, {})
    expect([facts.brokerTimeMs, facts.sentTimeMs]).toEqual([1_700_000_000_000, undefined])
  })

  it.each([{ value: null }, { value: undefined }])('is a tombstone with %j', (more) => {
    expect(eventFacts({ ...event, ...more }, { captureBodySize: true })).toMatchObject({
      tombstone: true,
      bodySize: undefined,
    })
  })

  it('has no key that is no text', () => {
    const key = Buffer.from([0, 255, 254]).toString('base64')
    expect(eventFacts({ ...event, key }, {}).key).toBeUndefined()
    expect(eventFacts({ ...event, key: null }, {}).key).toBeUndefined()
  })
})
