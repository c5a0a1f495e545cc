import {
  deliveryFacts,
  fittingFields,
  isForAcknowledgement,
  isInbox,
  isOfServer,
  serverEndpoint,
  storedFacts,
  subjectDestination,
  templateOf,
} from '@flowstitch/dialects/nats'
import { describe, expect, it } from 'vitest'

describe('a subject', () => {
  it.each([
    ['orders.*', 'orders.*'],
    ['*.created', '*.created'],
    ['orders.>', 'orders.>'],
    ['>', '>'],
    ['orders', undefined],
    ['orders.a*', undefined],
  ])('%s has the template %s', (subject, template) => {
    expect(templateOf(subject)).toBe(template)
  })

  it('is temporary as an inbox, and keeps its template else', () => {
    const inbox = { name: '_INBOX.a.b', temporary: true }
    expect(subjectDestination('_INBOX.a.b', '_INBOX', '_INBOX.>')).toEqual(inbox)
    expect(subjectDestination('orders.1', '_INBOX', 'orders.*')).toEqual({
      name: 'orders.1',
      template: 'orders.*',
    })
    expect(isInbox('_INBOXES', '_INBOX')).toBe(false)
  })

  it("may be the server's own, or one for acknowledgements", () => {
    expect(['$JS.API.INFO', 'orders.$JS'].map(isOfServer)).toEqual([true, false])
    const replies = ['$JS.ACK.ORDERS.c.1.1.1.1.0', '_INBOX.a', undefined]
    expect(replies.map(isForAcknowledgement)).toEqual([true, false, false])
  })
})

describe('the facts of a message of JetStream', () => {
  const info = {
    stream: 'ORDERS',
    streamSequence: 7,
    deliveryCount: 2,
    timestampNanos: 1_700_000_000_123 * 1e6,
  }

  it('have its place, its attempt and its time', () => {
    expect(deliveryFacts(info, undefined)).toEqual({
      id: '7',
      coordinate: 'nats/ORDERS/7',
      attempt: 2,
      brokerTimeMs: 1_700_000_000_123,
    })
  })

  it("have its producer's id, where there is one", () => {
    expect(deliveryFacts(info, 'order-1').id).toBe('order-1')
    const stored = storedFacts({ stream: 'ORDERS', seq: 7, duplicate: true }, 'order-1')
    expect(stored).toEqual({ id: 'order-1', coordinate: 'nats/ORDERS/7', duplicate: true })
    expect(storedFacts({ stream: 'ORDERS', seq: 7 }, '').id).toBe('7')
  })
})

describe('the fields for which a message has room', () => {
  const fields = { traceparent: 'x'.repeat(55), tracestate: 'y'.repeat(40) }
  const [first, second] = Object.entries(fields)
  const headers: [string, string[]][] = [['tenant', ['blue', 'green']]]
  const overhead = 1024 + 'tenant: blue\r\n'.length + 'tenant: green\r\n'.length
  const line = 'traceparent: \r\n'.length + 55

  it.each([
    [undefined, [first, second]],
    [10 + overhead + line, [first]],
    [10 + overhead + line - 1, []],
    [0, []],
  ])('of %s bytes are the first ones', (maxPayload, expected) => {
    expect(fittingFields({ payload: 'x'.repeat(10), headers }, fields, maxPayload)).toEqual(expected)
  })
})

describe('the address of a server', () => {
  it.each([
    ['127.0.0.1:4222', '127.0.0.1'],
    ['[::1]:4222', '::1'],
    ['nats.example:4222', 'nats.example'],
  ])('in %s is %s', (hostAndPort, serverAddress) => {
    expect(serverEndpoint(hostAndPort)).toEqual({ serverAddress, serverPort: 4222 })
  })
})
