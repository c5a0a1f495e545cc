import { expect, test } from 'vitest'
import { headerRoom, sizeOf } from '../../src/rabbitmq/index.ts'

test.each([
  ['ab', 7],
  ['ä', 7],
  [Buffer.alloc(7), 12],
  [1, 9],
  [undefined, 9],
  [{}, 5],
  [{ ab: 'c' }, 5 + 3 + 6],
  [{ a: { b: 'c' } }, 5 + 2 + (5 + 2 + 6)],
])('%j takes at most %i bytes', (value, size) => {
  expect(sizeOf(value)).toBe(size)
})

test('a frame has room for headers beside the properties of a message', () => {
  expect(headerRoom(4096)).toBe(3072)
})
