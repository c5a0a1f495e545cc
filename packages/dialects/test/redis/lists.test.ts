import { firstPayload, popOf } from '@flowstitch/dialects/redis'
import { describe, expect, it } from 'vitest'
import { Memory } from '../../src/redis/memory.ts'

describe('a command that takes values out of lists', () => {
  const marked = (name: string, args: unknown[], reply: unknown) =>
    popOf(name, args)?.mapped(reply, (list, value) => `${list}:${String(value)}`)

  it.each<[string, unknown[], string[], boolean, unknown, unknown]>([
    ['lpop', ['a'], ['a'], true, 'x', 'a:x'],
    ['rpop', ['a', 2], ['a'], false, ['x', Buffer.from('y')], ['a:x', 'a:y']],
    ['blpop', ['a', 'b', 0], ['a', 'b'], true, ['b', 'x'], ['b', 'b:x']],
    ['lmpop', [2, 'a', 'b', 'LEFT'], ['a', 'b'], false, ['b', ['x', 'y']], ['b', ['b:x', 'b:y']]],
    ['blmpop', ['0', '1', 'a', 'LEFT'], ['a'], false, ['a', ['x']], ['a', ['a:x']]],
    ['lmove', ['a', 'b', 'LEFT', 'LEFT'], ['a'], true, 'x', 'a:x'],
    ['brpoplpush', ['a', 'b', 0], ['a'], true, 'x', 'a:x'],
  ])('%s %j', (name, args, lists, single, reply, seen) => {
    expect(popOf(name, args)).toMatchObject({ lists, single })
    expect(marked(name, args, reply)).toEqual(seen)
    for (const nothing of [null, 7, []]) expect(marked(name, args, nothing)).toEqual(nothing)
  })

  it('is none', () => {
    expect(popOf('lrange', ['a', 0, -1])).toBeUndefined()
    expect(firstPayload('lrange', ['a', 0, -1])).toBeUndefined()
    expect(firstPayload('lpush', ['a'])).toBeUndefined()
    expect(firstPayload('lpush', ['a', 'x'])).toBe(1)
  })
})

describe('what is known of values', () => {
  it('is of equal ones first what came first', () => {
    const memory = new Memory<number>()
    for (const n of [1, 2]) memory.put('a', 'x', n)
    memory.put('b', 'x', 3)
    expect([memory.take('a', 'x'), memory.take('a', 'x'), memory.take('a', 'x')]).toEqual([1, 2, undefined])
    expect(memory.take('b', 'x')).toBe(3)
  })

  it('is bounded, in number and in size: the oldest are forgotten', () => {
    const memory = new Memory<number>()
    for (let n = 0; n < 1500; n++) memory.put('a', String(n), n)
    expect([memory.take('a', '499'), memory.take('a', '500'), memory.take('a', '1499')]).toEqual([
      undefined,
      500,
      1499,
    ])
    const large = 'x'.repeat(9 * 1024 * 1024)
    for (const n of [1, 2]) memory.put('a', `${large}${n}`, n)
    expect([memory.take('a', `${large}1`), memory.take('a', `${large}2`)]).toEqual([undefined, 2])
  })
})
