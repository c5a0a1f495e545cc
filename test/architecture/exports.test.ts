import { describe, expect, test } from 'vitest'
import { exportsOf } from './exports.ts'
import { doorsOf, packages, type Source } from './packages.ts'

const doors = packages
  .filter(({ manifest }) => !manifest.private)
  .flatMap((one) => doorsOf(one).map((door) => ({ door, one })))

function source(file: string, text: string): Source {
  return { file, text, imports: [] }
}

describe.each(doors.map(({ door, one }) => [door.file, one.manifest.name, door, one.sources] as const))(
  '%s of %s',
  (_file, _name, door, sources) => {
    const exports = exportsOf(door, sources)

    test('lists its exports by hand', () => {
      expect(door.text).not.toMatch(/^export \*/m)
      expect(exports.length).toBeGreaterThan(0)
    })

    test('says of every export what it means', () => {
      // An overload carries the comment of the function.
      const documented = new Set(exports.filter((one) => one.documented).map(({ name }) => name))
      expect(exports.filter(({ name }) => !documented.has(name)).map(({ name }) => name)).toEqual([])
    })
  },
)

test('follows a list to the list of another folder', () => {
  const sources = [
    source('a/index.ts', "export { b } from '../b.ts'\n"),
    source('b.ts', '/** Says. */\nexport const b = 1\n'),
  ]
  const index = source('index.ts', "export { b } from './a/index.ts'\n")
  expect(exportsOf(index, sources)).toEqual([{ name: 'b', typeOnly: false, documented: true }])
})

test('finds a comment above the statement or above the declaration, and misses none', () => {
  const sources = [
    source('a.ts', '/** Says. */\nexport function a(): void {}\nexport const b = 1\n'),
    source('t.ts', '/** Says. */\nexport interface T {}\n\nexport type U = 1\n'),
  ]
  const index = source(
    'index.ts',
    "/** Says. */\nexport { c } from './a.ts'\nexport { a, b } from './a.ts'\nexport type { T, U } from './t.ts'\n",
  )
  expect(exportsOf(index, sources)).toEqual([
    { name: 'c', typeOnly: false, documented: true },
    { name: 'a', typeOnly: false, documented: true },
    { name: 'b', typeOnly: false, documented: false },
    { name: 'T', typeOnly: true, documented: true },
    { name: 'U', typeOnly: true, documented: false },
  ])
})
