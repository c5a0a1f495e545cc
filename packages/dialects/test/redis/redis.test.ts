import { creationContext } from '@flowstitch/core'
import {
  entriesOf,
  firstField,
  placeFacts,
  readOf,
  receivedCarrier,
  sizeFacts,
  streamsOf,
  takeContext,
  type RedisEntry,
} from '@flowstitch/dialects/redis'
import { describe, expect, it } from 'vitest'

const TRACEPARENT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
const entry: RedisEntry = ['1700000000000-0', ['order', '7']]

describe('the fields of an XADD', () => {
  it.each([
    [['orders', '*', 'a', 'b'], 2],
    [['orders', '1-*', 'a', 'b', 'c', 'd'], 2],
    [['orders', 'NOMKSTREAM', 'maxlen', '~', '10', 'LIMIT', 5, Buffer.from('*'), 'a', 'b'], 8],
    [['orders', 'MINID', '=', '1-1', '*', 'a', 'b'], 5],
    [['orders', 'IDMP', 'p', 'i', '*', 'a', 'b'], 5],
    [['orders', '*', 'a'], undefined],
    [['orders', '*'], undefined],
    [['orders', 'UNKNOWN', '*', 'a', 'b'], undefined],
    [[], undefined],
  ])('of %j begin at %s', (args, from) => {
    expect(firstField(args)).toBe(from)
  })
})

describe('a command that reads', () => {
  it('asks for streams', () => {
    const read = readOf('xread', ['COUNT', 1, 'streams', 'a', 'b', '0', '$'])
    expect(read).toMatchObject({ streams: ['a', 'b'] })
    expect(read?.attempt('a')).toBeUndefined()
    expect(read?.entriesIn([['a', [entry]]])).toEqual([['a', [entry]]])
  })

  it('asks for a group, with what is new and what was delivered before', () => {
    const read = readOf('xreadgroup', ['GROUP', 'streams', 'me', 'STREAMS', 'new', 'old', '>', '0'])
    expect(read).toMatchObject({ streams: ['new', 'old'], group: 'streams', consumer: 'me' })
    expect(['new', 'old'].map((stream) => read?.attempt(stream))).toEqual([1, 2])
  })

  it.each([
    ['xclaim', [entry, null]],
    ['xautoclaim', ['0-0', [entry], []]],
  ])('claims by %s what another consumer has got', (name, reply) => {
    const read = readOf(name, ['orders', 'g', 'me', 0, '0'])
    expect(read).toMatchObject({ streams: ['orders'], group: 'g', consumer: 'me' })
    expect(read?.attempt('orders')).toBe(2)
    expect(read?.entriesIn(reply)).toEqual([['orders', [entry]]])
  })

  it.each([
    ['xread', ['COUNT', 1]],
    ['xreadgroup', []],
    ['xrange', ['orders', '-', '+']],
  ])('is none: %s %j', (name, args) => {
    expect(readOf(name, args)).toBeUndefined()
  })
})

describe('a reply', () => {
  it.each<[string, unknown]>([
    ['of RESP2', [['orders', [entry]]]],
    ['of RESP3', ['orders', [entry]]],
    ['as an object', { orders: [entry] }],
    ['as a map', new Map([[Buffer.from('orders'), [entry]]])],
  ])('%s has the entries of each stream', (_, reply) => {
    expect(streamsOf(reply)).toEqual([['orders', [entry]]])
  })

  it('has no entries where it has none', () => {
    expect([null, 'OK', 7, []].map(streamsOf)).toEqual([[], [], [], []])
    expect(entriesOf(['1-1', null, [7, []], ['1-1', null]])).toEqual([['1-1', null]])
  })
})

describe('an entry', () => {
  it('tells its place, and its time where the server made its id', () => {
    const coordinate = 'redis/orders/1700000000000-0'
    expect(placeFacts('orders', Buffer.from('1700000000000-0'))).toEqual({
      id: '1700000000000-0',
      coordinate,
      brokerTimeMs: 1_700_000_000_000,
    })
    expect(placeFacts(undefined, '1-1')).toEqual({ id: '1-1' })
  })

  it('tells its size only where that is wanted', () => {
    expect(sizeFacts(['é', Buffer.of(0)], { captureBodySize: true })).toEqual({ bodySize: 3 })
    expect(sizeFacts(null, { captureBodySize: true })).toEqual({})
    expect(sizeFacts(['a', 'b'], {})).toEqual({})
  })

  it('loses the context that ours have put behind its fields, which is read all the same', () => {
    const ours: RedisEntry = ['1-1', ['a', 'b', 'traceparent', TRACEPARENT, 'tracestate', 'flowstitch=1']]
    expect(takeContext(ours)).toBe(true)
    expect(ours).toEqual(['1-1', ['a', 'b']])
    expect(creationContext(receivedCarrier, ours)?.spanId).toBe('b'.repeat(16))
  })

  it.each([
    [['traceparent', TRACEPARENT, 'tracestate', 'vendor=1']],
    [['traceparent', TRACEPARENT, 'tracestate', 'flowstitch=1', 'order', '7']],
    [['order', '7']],
  ])('keeps %j', (fields) => {
    const own: RedisEntry = ['1-1', [...fields]]
    expect(takeContext(own)).toBe(false)
    expect(own[1]).toEqual(fields)
  })
})
