import { commitOperation, GroupPositions, Positions } from '@flowstitch/dialects/kafka'
import { describe, expect, it } from 'vitest'

const at = (offset: number, traceparent?: string): { offset: string; headers?: Record<string, string> } => ({
  offset: String(offset),
  ...(traceparent === undefined ? {} : { headers: { traceparent } }),
})
const stamped = (offset: number, timestamp: number): { offset: string; timestamp: string } => ({
  offset: String(offset),
  timestamp: String(timestamp),
})
const contextOf = (digit: string): string => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`

const orders = { topic: 'orders', partition: 0 }

describe('an attempt', () => {
  it('is none of what comes for the first time', () => {
    const positions = new Positions()
    expect(positions.begin(orders, at(0))(0)).toBeUndefined()
    expect(positions.begin(orders, at(1), at(9))(5)).toBeUndefined()
  })

  it('is one more with each time that the same is handed out again', () => {
    const positions = new Positions()
    const attempts = [1, 2, 3].map(() => positions.begin(orders, at(7))(7))
    expect(attempts).toEqual([undefined, 2, 3])
    expect(positions.begin(orders, at(8))(8)).toBeUndefined()
  })

  it('is the second of what a seek brings back, and none of what is new behind it', () => {
    const positions = new Positions()
    positions.begin(orders, at(0), at(9))
    positions.reach(orders, [at(9)])
    const attemptOf = positions.begin(orders, at(5), at(12))
    expect([5, 9, 10, 12].map(attemptOf)).toEqual([2, 2, undefined, undefined])
  })

  it('is none of what was handed out behind what a handler has come to', () => {
    const positions = new Positions()
    positions.begin(orders, at(0), at(9))
    positions.reach(orders, [at(3)])
    const attemptOf = positions.begin(orders, at(3), at(9))
    expect([3, 4, 9].map(attemptOf)).toEqual([2, undefined, undefined])
    expect(positions.begin(orders, at(3), at(9))(3)).toBe(3)
  })

  it('is none in a topic that was made anew, whose records are newer than all before', () => {
    const positions = new Positions()
    positions.begin(orders, stamped(0, 1000), stamped(9, 1009))
    positions.reach(orders, [stamped(1, 1020), stamped(9, 1009)])
    const attemptOf = positions.begin(orders, stamped(0, 1021), stamped(1, 1021))
    expect([0, 1].map(attemptOf)).toEqual([undefined, undefined])
    expect(positions.begin(orders, stamped(1, 1021))(1)).toBeUndefined()
    expect(positions.begin(orders, stamped(1, 1021))(1)).toBe(2)
  })

  it('is a later one of what is as new as the newest before, whatever the order of timestamps', () => {
    const positions = new Positions()
    positions.begin(orders, stamped(0, 1000), stamped(9, 1009))
    positions.reach(orders, [stamped(1, 1020), stamped(9, 1009)])
    expect(positions.begin(orders, stamped(1, 1020))(1)).toBe(2)
  })

  it('is counted for each partition of each topic alone', () => {
    const positions = new Positions()
    positions.begin(orders, at(7))
    expect(positions.begin({ topic: 'orders', partition: 1 }, at(7))(7)).toBeUndefined()
    expect(positions.begin({ topic: 'mails', partition: 0 }, at(7))(7)).toBeUndefined()
  })

  it('is none where nothing is handed out', () => {
    expect(new Positions().begin(orders, undefined)(0)).toBeUndefined()
  })

  it('is known to all consumers of a group, of the last hundred groups', () => {
    const groups = new GroupPositions()
    const first = groups.of('0')
    expect(groups.of('0')).toBe(first)
    for (let other = 1; other < 100; other++) groups.of(String(other))
    expect(groups.of('0')).toBe(first)
    for (let other = 100; other < 200; other++) groups.of(String(other))
    expect(groups.of('0')).not.toBe(first)
  })
})

describe('a commit of offsets', () => {
  const endpoint = { consumerGroup: 'shop' }

  it('settles what was handled last below it', () => {
    const positions = new Positions()
    positions.begin(orders, at(0, contextOf('a')), at(3, contextOf('b')))
    positions.begin({ topic: 'orders', partition: 1 }, at(0, contextOf('c')))
    const offsets = [
      { topic: 'orders', partition: 0, offset: '4' },
      { topic: 'orders', partition: 1, offset: '0' },
    ]
    const { creations, ...operation } = commitOperation(offsets, endpoint, positions)
    expect(operation).toEqual({ name: 'commit', destination: { name: 'orders' }, endpoint })
    expect(creations?.map(({ traceId }) => traceId)).toEqual(['b'.repeat(32)])
  })

  it('settles what a handler has come to, where that is right below it, and else tells of none', () => {
    const positions = new Positions()
    positions.begin(orders, at(0, contextOf('a')), at(9, contextOf('b')))
    positions.reach(orders, [at(3, contextOf('c'))])
    const settled = (offset: number): unknown =>
      commitOperation([{ ...orders, offset }], endpoint, positions).creations?.map(({ traceId }) => traceId)
    expect([3, 4, 5, 10].map(settled)).toEqual([[], ['c'.repeat(32)], [], ['b'.repeat(32)]])
  })

  it('of one partition says where', () => {
    const offsets = [{ topic: 'orders', partition: 2, offset: 1842 }]
    expect(commitOperation(offsets, endpoint).facts).toEqual({ partition: '2', offset: 1842 })
  })

  it('of several topics has no destination', () => {
    const offsets = ['orders', 'mails'].map((topic) => ({ topic, partition: 0, offset: '1' }))
    expect(commitOperation(offsets, endpoint).destination).toBeUndefined()
  })

  it.each([[[]], [[null]], [[undefined, 7]], [[{ topic: 'orders' }]]])(
    'of %j is left to the client',
    (offsets) => {
      expect(commitOperation(offsets as never, endpoint, new Positions())).toMatchObject({
        name: 'commit',
        endpoint,
      })
    },
  )
})
