import { expect, test } from 'vitest'
import { headerCarrier, type Table } from '../../src/rabbitmq/index.ts'

const carrier = headerCarrier((headers: Table | null | undefined) => headers)

const bytes = (text: string): unknown => ({ bytes: [...Buffer.from(text)] })

for (const { what, value, read } of [
  { what: 'text', value: 'a', read: 'a' },
  { what: 'bytes', value: Buffer.from('a'), read: 'a' },
  { what: 'typed text', value: { '!': 'string', value: 'a' }, read: 'a' },
  { what: 'typed bytes', value: { '!': 'binary', value: Buffer.from('a') }, read: 'a' },
  { what: 'the bytes of an event', value: bytes('a'), read: 'a' },
  { what: 'what an event has as bytes with signs', value: { bytes: [-61, -92] }, read: 'ä' },
  { what: 'a list', value: ['a', Buffer.from('b'), bytes('c'), 3, null], read: ['a', 'b', 'c'] },
  { what: 'a number', value: 1, read: undefined },
  { what: 'null', value: null, read: undefined },
  { what: 'a table', value: { value: 'a' }, read: undefined },
  { what: 'a table that has a list', value: { bytes: ['a'] }, read: undefined },
  { what: 'a typed table', value: { '!': 'object', value: { '!': 'string', value: 'a' } }, read: undefined },
]) {
  test(`${what} is ${read === undefined ? 'nothing' : 'text'}`, () => {
    expect(carrier.get({ traceparent: value }, 'traceparent')).toEqual(read)
  })
}

test('a name is found whatever its case', () => {
  expect(carrier.get({ TraceParent: 'a' }, 'traceparent')).toBe('a')
})

test('a message without headers has none', () => {
  for (const none of [undefined, null]) {
    expect(carrier.get(none, 'traceparent')).toBeUndefined()
    expect(carrier.names(none)).toEqual([])
  }
})

test('inherited headers count, because clients send them', () => {
  const headers = Object.create({ traceparent: 'a' }) as Table
  expect(carrier.get(headers, 'traceparent')).toBe('a')
  expect(carrier.names(headers)).toEqual(['traceparent'])
})
