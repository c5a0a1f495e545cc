import { describe, expect, test } from 'vitest'
import { packageOf } from './imports.ts'
import { packages } from './packages.ts'

const published = packages.filter(({ manifest }) => !manifest.private)
const own = new Set(packages.map(({ manifest }) => manifest.name))

describe.each(published.map((one) => [one.manifest.name, one] as const))(
  '%s',
  (name, { manifest, sources }) => {
    const shipped = { ...manifest.dependencies, ...manifest.peerDependencies }

    test('declares every package that its code loads', () => {
      const loaded = sources.flatMap(({ file, imports }) =>
        imports.filter(({ typeOnly }) => !typeOnly).map(({ from }) => ({ file, from: packageOf(from) })),
      )
      expect(loaded.filter(({ from }) => from !== undefined && from !== name && !(from in shipped))).toEqual(
        [],
      )
    })

    test('depends on nothing of this repository that is not published', () => {
      const ofOurs = Object.keys(shipped).filter((dependency) => own.has(dependency))
      const publishedNames = published.map((one) => one.manifest.name)
      expect(ofOurs.filter((dependency) => !publishedNames.includes(dependency))).toEqual([])
    })

    test('reaches no file outside its own src', () => {
      const escaping = sources.flatMap(({ file, imports }) => {
        const depth = file.split('/').length - 1
        return imports
          .filter(({ from }) => from.startsWith('.') && (from.match(/\.\.\//g) ?? []).length > depth)
          .map(({ from }) => ({ file, from }))
      })
      expect(escaping).toEqual([])
    })
  },
)
