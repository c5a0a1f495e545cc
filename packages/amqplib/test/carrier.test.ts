import { createRequire } from 'node:module'
import type { Message } from 'amqplib'
import { describe, expect, test } from 'vitest'
import { published, publishedWithin, received, type Publication } from '../src/carrier.ts'
import { headerSize } from '../src/room.ts'

/** Newer versions do not let it be imported. */
const { encodeTable } = createRequire(import.meta.url)('amqplib-0.10/lib/codec.js') as {
  encodeTable(buffer: Buffer, table: object, offset: number): number
}

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

const writing = publishedWithin(1000)

describe('writing', () => {
  test('leaves options and headers as they are', () => {
    const options = Object.freeze({ persistent: true, headers: Object.freeze({ tenant: 'blue' }) })
    const given = publication(options)
    const { options: sent } = writing.with(given, { traceparent: 'a' }, {} as never)
    expect(sent).toEqual({ persistent: true, headers: { tenant: 'blue', traceparent: 'a' } })
    expect(given.options).toBe(options)
    expect(options).toEqual({ persistent: true, headers: { tenant: 'blue' } })
  })

  test('works without options', () => {
    for (const options of [undefined, null]) {
      const { options: sent } = writing.with(publication(options), { traceparent: 'a' }, {} as never)
      expect(sent).toEqual({ headers: { traceparent: 'a' } })
    }
  })

  test('overrides what is frozen in a prototype', () => {
    const options: unknown = Object.create(
      Object.freeze({ headers: Object.freeze({ baggage: 'old' }), type: 't' }),
    )
    const { options: sent } = writing.with(publication(options), { baggage: 'new' }, {} as never)
    expect(sent?.type).toBe('t')
    expect(sent?.headers).toEqual({ baggage: 'new' })
  })

  test('leaves out what has no room', () => {
    const fields = { traceparent: 'x'.repeat(55) }
    const fits = publication({ headers: { large: 'x'.repeat(800) }, CC: ['y'.repeat(50)] })
    const fitsNot = publication({ headers: { large: 'x'.repeat(800) }, CC: ['y'.repeat(100)] })
    expect(writing.with(fits, fields, {} as never)).not.toBe(fits)
    expect(writing.with(fitsNot, fields, {} as never)).toBe(fitsNot)
  })

  test('counts at least what amqplib encodes', () => {
    const headers = {
      text: 'ä'.repeat(10),
      bytes: Buffer.alloc(7),
      list: [1, 'two', { three: 3n.toString() }, null, true, -70_000, 1.5],
      table: { a: { b: { c: 'd' } } },
      typed: { '!': 'timestamp', value: 1 },
    }
    const encoded = encodeTable(Buffer.alloc(1000), headers, 0)
    expect(headerSize({ headers })).toBeGreaterThanOrEqual(encoded)
    expect(headerSize({ headers })).toBeLessThan(encoded * 1.6)
  })
})
