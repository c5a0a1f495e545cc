import { inTopics, sendOperation, TransactionLog, brokerEndpoint } from '@flowstitch/dialects/kafka'
import { describe, expect, it } from 'vitest'

const one = { value: '1' }
const two = { value: '2' }
const three = { value: '3', partition: 4 }

describe('a call that sends', () => {
  it('to one topic has it as its destination, also where it comes in parts', () => {
    const topics = [
      { topic: 'orders', messages: [one, two] },
      { topic: 'orders', messages: [three] },
    ]
    const { destination, messages, facts } = sendOperation(topics, true, {}, {})
    expect(destination).toEqual({ name: 'orders' })
    expect(messages).toEqual([one, two, three])
    expect(facts(three, 2)).toMatchObject({ destination: undefined, partition: '4' })
  })

  it('to several topics has a destination for each record', () => {
    const topics = [
      { topic: 'orders', messages: [one, two] },
      { topic: 'mails', messages: [three] },
    ]
    const { destination, messages, facts } = sendOperation(topics, true, {}, {})
    expect(destination).toBeUndefined()
    expect(messages.map((record, index) => facts(record, index).destination?.name)).toEqual([
      'orders',
      'orders',
      'mails',
    ])
  })

  it('gets other records in its parts, and stays as it is', () => {
    const topics = [
      Object.freeze({ topic: 'orders', acks: 1, messages: Object.freeze([one, two]) }),
      Object.freeze({ topic: 'mails', acks: 1, messages: Object.freeze([three]) }),
    ]
    const records = ['a', 'b', 'c'].map((value) => ({ value }))
    expect(inTopics<{ value: string }, (typeof topics)[number]>(topics, records)).toEqual([
      { topic: 'orders', acks: 1, messages: [{ value: 'a' }, { value: 'b' }] },
      { topic: 'mails', acks: 1, messages: [{ value: 'c' }] },
    ])
  })
})

describe('the log of a transaction', () => {
  const carrying = (index: number): { headers: { traceparent: string } } => {
    const id = index.toString(16).padStart(16, '0')
    return { headers: { traceparent: `00-${'a'.repeat(32)}-${id}-01` } }
  }

  it('has the one topic that it was sent to, and the contexts of what was sent, each once', () => {
    const log = new TransactionLog()
    expect(log.settled).toEqual({ destination: undefined, creations: [] })
    log.note({ topic: 'orders', messages: [carrying(1), {}, carrying(2), carrying(1)] })
    expect(log.settled.destination).toEqual({ name: 'orders' })
    expect(log.settled.creations?.map(({ spanId }) => Number(spanId))).toEqual([1, 2])
    log.note({ topic: 'mails', messages: [] })
    expect(log.settled.destination).toBeUndefined()
  })

  it('keeps the contexts of ten thousand messages, and no more, as it may never end', () => {
    const log = new TransactionLog()
    log.note({ topic: 'orders', messages: Array.from({ length: 10_500 }, (_, index) => carrying(index + 1)) })
    expect(log.settled.creations).toHaveLength(10_000)
  })

  it('is empty until something was sent, or offsets were committed', () => {
    const [sent, committed] = [new TransactionLog(), new TransactionLog()]
    expect(sent.isEmpty).toBe(true)
    sent.note({ topic: 'orders', messages: [] })
    committed.noteOffsets()
    expect([sent.isEmpty, committed.isEmpty]).toEqual([false, false])
  })
})

describe('a broker', () => {
  it.each([
    ['::1:9092', '::1', 9092],
    ['[2001:db8::1]:9093', '2001:db8::1', 9093],
    ['kafka.example:9094', 'kafka.example', 9094],
  ])('%s has an address and a port', (broker, serverAddress, serverPort) => {
    expect(brokerEndpoint(broker)).toEqual({ serverAddress, serverPort })
  })
})
