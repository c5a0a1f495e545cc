import { expect, test } from 'vitest'
import { importsOf, packageOf } from './imports.ts'

test.each([
  ["import { a } from 'x'", { from: 'x', typeOnly: false }],
  ["import type { A } from 'x'", { from: 'x', typeOnly: true }],
  ["import { a, type A } from 'x'", { from: 'x', typeOnly: false }],
  ["import * as a from 'x'", { from: 'x', typeOnly: false }],
  ["import 'x'", { from: 'x', typeOnly: false }],
  ["import {\n  a,\n  b,\n} from 'x'", { from: 'x', typeOnly: false }],
  ["export { a } from 'x'", { from: 'x', typeOnly: false }],
  ["export * from 'x'", { from: 'x', typeOnly: false }],
  ["export type { A } from 'x'", { from: 'x', typeOnly: true }],
  ["const a = await import('x')", { from: 'x', typeOnly: false }],
])('sees %j', (source, expected) => {
  expect(importsOf(source)).toEqual([expected])
})

test.each(["// import 'x'", "/* import { a } from 'x' */", "const a = 'import'", "export const a = 'x'"])(
  'sees no import in %j',
  (source) => {
    expect(importsOf(source)).toEqual([])
  },
)

test('tells packages from relative files and from Node’s own modules', () => {
  expect(['@a/b/c', 'd/e', './f.ts', 'node:fs'].map(packageOf)).toEqual(['@a/b', 'd', undefined, undefined])
})
