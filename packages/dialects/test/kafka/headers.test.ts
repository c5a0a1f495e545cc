import {
  headerCarrier,
  headersIn,
  headerText,
  type HeaderList,
  type Headers,
} from '@flowstitch/dialects/kafka'
import { describe, expect, it } from 'vitest'

const bytesOf = (text: string): number[] => [...Buffer.from(text)]
const signed = (text: string): number[] => [...new Int8Array(Buffer.from(text))]

describe('a header', () => {
  it.each<[string, Headers, unknown]>([
    ['text', { tenant: 'blue' }, 'blue'],
    ['bytes', { tenant: Buffer.from('blue') }, 'blue'],
    ['several values', { tenant: ['blue', Buffer.from('red')] }, ['blue', 'red']],
    ['a name in another case', { Tenant: 'blue' }, 'blue'],
    ['nothing', { tenant: undefined }, undefined],
    ['another name', { tenants: 'blue' }, undefined],
    ['what is neither text nor bytes', { tenant: { toString: () => Error() } as never }, undefined],
    ['such among several', { tenant: ['blue', [[]], null] as never }, ['blue']],
  ])('with %s is read as text', (_, headers, told) => {
    expect(headerText(headers, 'tenant')).toEqual(told)
  })

  it('is none where there are none', () => {
    expect(headerText(undefined, 'tenant')).toBeUndefined()
    expect(headerCarrier.names({})).toEqual([])
  })

  it('is added to a copy: what was given stays as it is, and keeps what it has', () => {
    const record = Object.freeze({ key: 'k', headers: Object.freeze({ tenant: 'blue' }) })
    const sent = headerCarrier.with(record, { traceparent: '00-' })
    expect(sent).toEqual({ key: 'k', headers: { tenant: 'blue', traceparent: '00-' } })
    const bare: { key: string; headers?: Headers } = { key: 'k' }
    expect(headerCarrier.with(bare, { traceparent: '00-' })).toEqual({
      key: 'k',
      headers: { traceparent: '00-' },
    })
  })
})

describe('a list of headers', () => {
  it.each<[string, HeaderList]>([
    ['numbers of bytes', [{ city: bytesOf('Köln') }]],
    ['signed bytes', [{ city: signed('Köln') }]],
    ['bytes', [{ city: new Uint8Array(Buffer.from('Köln')) }]],
    ['text', [{ city: 'Köln' }]],
  ])('with %s is read by names', (_, list) => {
    expect(headerText(headersIn(list), 'city')).toBe('Köln')
  })

  it('has all values of a name that comes again, in their order', () => {
    const list = [{ tenant: 'blue' }, { other: 'x' }, { tenant: bytesOf('red') }, { tenant: 'green' }]
    expect(headerText(headersIn(list), 'tenant')).toEqual(['blue', 'red', 'green'])
  })

  it('that knows the names of objects knows no more than was sent', () => {
    const list = [JSON.parse('{"__proto__": [49]}') as HeaderList[number]]
    expect(headerText(headersIn(list), '__proto__')).toBe('1')
    expect(headerText(headersIn(list), 'constructor')).toBeUndefined()
  })

  it.each([[undefined], [null], ['text'], [{}]])('that is %j is none', (list) => {
    expect(headersIn(list as HeaderList | null | undefined)).toBeUndefined()
  })

  it('has nothing of what is no header', () => {
    const list = [null, 7, {}, { tenant: null }, { tenant: 7 }, { tenant: 'blue' }] as unknown as HeaderList
    expect(headerText(headersIn(list), 'tenant')).toBe('blue')
  })
})
