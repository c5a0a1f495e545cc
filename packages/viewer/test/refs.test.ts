import { expect, test } from 'vitest'
import { formatSelection, parseSelection } from '../src/flow/refs.ts'

test.each([
  { kind: 'step', key: '0af7:b7ad' },
  { kind: 'message', key: 'kafka/orders/3/1842: odd' },
] as const)('%j survives the way through the address', (selection) => {
  expect(parseSelection(formatSelection(selection))).toEqual(selection)
})

test.each([null, '', 'step:', 'other:1'])('%j selects nothing', (text) => {
  expect(parseSelection(text)).toBeUndefined()
})
