import { codecOf, type PayloadFormat, type RedisText } from '@flowstitch/dialects/redis'
import { describe, expect, it } from 'vitest'

const fields = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'flowstitch=1' }
const FIELDS = JSON.stringify(fields)
const codec = (format: PayloadFormat) => codecOf({ orders: format }, 'orders')!

describe('the format of payloads', () => {
  it('is for the channels and lists that the user names', () => {
    expect(codecOf({ orders: 'merge' }, 'orders')).toBeDefined()
    for (const name of ['mails', 'constructor', '__proto__'])
      expect(codecOf({ orders: 'merge' }, name)).toBeUndefined()
    const byFunction = (name: string) => (name.startsWith('job:') ? ('envelope' as const) : undefined)
    expect(codecOf(byFunction, 'job:1')).toBe(codecOf({ x: 'envelope' }, 'x'))
    expect(codecOf(byFunction, 'mail')).toBeUndefined()
    expect(codecOf({ orders: 'unknown' as 'merge' }, 'orders')).toBeUndefined()
  })
})

describe('merge', () => {
  it.each([
    ['{"a":1}', `{"_otel":${FIELDS},"a":1}`],
    [
      ' {\n "b" : 1.0e3, "a": 12345678901234567890, "a": 2 }',
      ` {"_otel":${FIELDS},\n "b" : 1.0e3, "a": 12345678901234567890, "a": 2 }`,
    ],
    ['{}', `{"_otel":${FIELDS}}`],
    ['{ }', `{"_otel":${FIELDS} }`],
    ['{"__proto__":{}}', `{"_otel":${FIELDS},"__proto__":{}}`],
  ])('puts a first key into %s, and cuts it out again', (given, carried) => {
    for (const as of [(text: string): RedisText => text, (text: string): RedisText => Buffer.from(text)]) {
      expect(codec('merge').inject(as(given), fields)).toEqual(as(carried))
      expect(codec('merge').extract(as(carried))).toEqual({ payload: as(given), headers: fields })
    }
  })

  it.each([
    '',
    'text',
    '5',
    'null',
    '[{"a":1}]',
    '{"a":1',
    '\ufeff{"a":1}',
    '{"_otel":1}',
    '{"\\u005fotel":{}}',
  ])('leaves %s as it is', (given) => {
    expect(codec('merge').inject(given, fields)).toBe(given)
    expect(codec('merge').extract(given)?.payload ?? given).toBe(given)
  })

  it('leaves bytes that are no text as they are', () => {
    const bytes = Buffer.from([0x7b, 0xff, 0x7d])
    expect(codec('merge').inject(bytes, fields)).toBe(bytes)
    expect(codec('merge').extract(bytes)).toBeUndefined()
  })

  it.each([
    `{"_otel":{"traceparent":"${fields.traceparent}","tracestate":"vendor=1"},"a":1}`,
    `{"a":1,"_otel":${FIELDS}}`,
    `{ "_otel": ${FIELDS}}`,
  ])('reads a key that others have put in, and leaves it in place: %s', (given) => {
    expect(codec('merge').extract(given)).toMatchObject({
      payload: given,
      headers: { traceparent: fields.traceparent },
    })
    expect(codec('merge').inject(given, fields)).toBe(given)
  })
})

describe('envelope', () => {
  it.each(['', 'text', '{"a":1.0}', '[1]', 'é\u0000"\\', '{"v":2,"h":{},"d":"x"}'])(
    'holds any text: %j',
    (given) => {
      const carried = JSON.stringify({ v: 1, h: fields, d: given })
      expect(codec('envelope').inject(given, fields)).toBe(carried)
      expect(codec('envelope').extract(carried)).toEqual({ payload: given, headers: fields })
      expect(codec('envelope').extract(Buffer.from(carried))?.payload).toEqual(Buffer.from(given))
      expect(codec('envelope').extract(given)).toBeUndefined()
    },
  )

  it('gives halves of surrogate pairs as the client would have sent them', () => {
    const carried = codec('envelope').inject('a\ud800', fields)
    expect(codec('envelope').extract(carried)?.payload).toBe('a\ufffd')
  })

  it('is no second one around the user’s own', () => {
    const own = JSON.stringify({ v: 1, h: { tenant: 'blue' }, d: 'x' })
    expect(codec('envelope').inject(own, fields)).toBe(
      JSON.stringify({ v: 1, h: { tenant: 'blue', ...fields }, d: 'x' }),
    )
  })

  it.each([
    '{"v":1,"h":{"a":1},"d":"x"}',
    '{"v":1,"h":{"a":"b"},"d":{}}',
    '{"v":1,"h":null,"d":"x"}',
    '{"v":1,"h":{},"d":"x","more":1}',
    '{"v":1,"h":{},"d":"x"',
  ])('is not %s', (given) => {
    expect(codec('envelope').extract(given)).toBeUndefined()
  })

  it('holds no bytes that are no text', () => {
    const bytes = Buffer.from([0xff])
    expect(codec('envelope').inject(bytes, fields)).toBe(bytes)
  })
})

describe('a codec of the user’s own', () => {
  it('gives text to who reads text, and bytes to who reads bytes', () => {
    const own = codec({
      inject: (payload) => Buffer.from(payload),
      extract: (payload) => ({ payload: Buffer.from(payload), headers: { a: 'b' } }),
    })
    expect(own.inject('x', fields)).toEqual(Buffer.from('x'))
    expect(own.extract('x')).toEqual({ payload: 'x', headers: { a: 'b' } })
    expect(own.extract(Buffer.from('x'))?.payload).toEqual(Buffer.from('x'))
  })

  it('fails where it answers no payload', () => {
    const bad = codec({ inject: () => 5 as never, extract: () => ({ payload: {} as never, headers: {} }) })
    expect(() => bad.inject('x', fields)).toThrow(TypeError)
    expect(() => bad.extract('x')).toThrow(TypeError)
  })
})
