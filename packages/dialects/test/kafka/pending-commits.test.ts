import { PendingCommits } from '@flowstitch/dialects/kafka'
import { expect, it } from 'vitest'

const at = (
  offset: string | number,
  partition = 0,
): { topic: string; partition: number; offset: string | number } => ({
  topic: 'orders',
  partition,
  offset,
})

it('a commit under way is known by its offsets, in any order and form, once', () => {
  const pending = new PendingCommits()
  pending.add([at('7'), at('9', 1)])
  expect(pending.take([at(7)])).toBe(false)
  expect(pending.take([at(9, 1), at(7)])).toBe(true)
  expect(pending.take([at(9, 1), at(7)])).toBe(false)
})

it('a commit that has failed is pending no longer, and others of the same offsets are', () => {
  const pending = new PendingCommits()
  const done = pending.add([at('7')])
  pending.add([at('7')])
  done()
  done()
  expect([pending.take([at('7')]), pending.take([at('7')])]).toEqual([true, false])
})

it.each([[[null]], [[undefined]]])('%j are no offsets', (offsets) => {
  const pending = new PendingCommits()
  pending.add(offsets as never)()
  expect(pending.take([at(7)])).toBe(false)
})
