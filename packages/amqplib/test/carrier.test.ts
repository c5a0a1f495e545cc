import type { Message } from 'amqplib'
import { describe, expect, test } from 'vitest'
import { published, received, type Publication } from '../src/carrier.ts'

function withHeaders(headers: unknown): Message {
  return { properties: { headers } } as Message
}

function publication(options: unknown): Publication {
  return { exchange: '', routingKey: 'q', content: Buffer.alloc(0), options } as Publication
}

describe('reading', () => {
  for (const { what, value, read } of [
    { what: 'text', value: 'a', read: 'a' },
    { what: 'bytes', value: Buffer.from('a'), read: 'a' },
    { what: 'typed text', value: { '!': 'string', value: 'a' }, read: 'a' },
    { what: 'typed bytes', value: { '!': 'binary', value: Buffer.from('a') }, read: 'a' },
    { what: 'a list', value: ['a', Buffer.from('b'), 3, null], read: ['a', 'b'] },
    { what: 'a number', value: 1, read: undefined },
    { what: 'null', value: null, read: undefined },
    { what: 'a table', value: { value: 'a' }, read: undefined },
    {
      what: 'a typed table',
      value: { '!': 'object', value: { '!': 'string', value: 'a' } },
      read: undefined,
    },
  ]) {
    test(`${what} is ${read === undefined ? 'nothing' : 'text'}`, () => {
      expect(received.get(withHeaders({ traceparent: value }), 'traceparent')).toEqual(read)
    })
  }

  test('a name is found whatever its case', () => {
    expect(received.get(withHeaders({ TraceParent: 'a' }), 'traceparent')).toBe('a')
  })

  test('a message without headers has none', () => {
    expect(received.get(withHeaders(undefined), 'traceparent')).toBeUndefined()
    expect(received.names(withHeaders(undefined))).toEqual([])
  })

  test('inherited headers count, because amqplib sends them', () => {
    const headers: unknown = Object.create({ traceparent: 'a' })
    expect(published.get(publication({ headers }), 'traceparent')).toBe('a')
    expect(published.names(publication({ headers }))).toEqual(['traceparent'])
  })
})

describe('writing', () => {
  test('leaves options and headers as they are', () => {
    const options = Object.freeze({ persistent: true, headers: Object.freeze({ tenant: 'blue' }) })
    const given = publication(options)
    const { options: sent } = published.with(given, { traceparent: 'a' }, {} as never)
    expect(sent).toEqual({ persistent: true, headers: { tenant: 'blue', traceparent: 'a' } })
    expect(given.options).toBe(options)
    expect(options).toEqual({ persistent: true, headers: { tenant: 'blue' } })
  })

  test('works without options', () => {
    for (const options of [undefined, null]) {
      const { options: sent } = published.with(publication(options), { traceparent: 'a' }, {} as never)
      expect(sent).toEqual({ headers: { traceparent: 'a' } })
    }
  })

  test('overrides what is frozen in a prototype', () => {
    const options: unknown = Object.create(
      Object.freeze({ headers: Object.freeze({ baggage: 'old' }), type: 't' }),
    )
    const { options: sent } = published.with(publication(options), { baggage: 'new' }, {} as never)
    expect(sent?.type).toBe('t')
    expect(sent?.headers).toEqual({ baggage: 'new' })
  })
})
