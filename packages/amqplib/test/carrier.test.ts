import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { headerSize, publishedIn, type Publication } from '../src/carrier.ts'

/** Newer versions do not let it be imported. */
const { encodeTable } = createRequire(import.meta.url)('amqplib-0.10/lib/codec.js') as {
  encodeTable(buffer: Buffer, table: object, offset: number): number
}

function publication(options: unknown): Publication {
  return { exchange: '', routingKey: 'q', content: Buffer.alloc(0), options } as Publication
}

const writing = publishedIn(2024)

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
