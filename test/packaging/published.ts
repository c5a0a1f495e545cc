import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../..', import.meta.url))

interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

export interface Published {
  readonly folder: string
  readonly manifest: Manifest
  /** What a user can import, subpaths included. */
  readonly specifiers: readonly string[]
  /** What those lead to. */
  readonly files: readonly string[]
}

/** The packages that go to the registry. */
export const published: readonly Published[] = globSync('packages/*/package.json', { cwd: root })
  .map((file) => join(root, file))
  .map((file) => ({ folder: dirname(file), manifest: JSON.parse(readFileSync(file, 'utf8')) as Manifest }))
  .filter(({ manifest }) => !manifest.private)
  .map((one) => ({ ...one, specifiers: specifiersOf(one.manifest), files: filesOf(one.manifest) }))

function specifiersOf({ name, exports }: Manifest): string[] {
  return Object.keys(exports)
    .filter((path) => path !== './package.json')
    .map((path) => name + path.slice(1))
}

function filesOf({ exports }: Manifest): string[] {
  return Object.values(exports)
    .flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)))
    .map((path) => path.replace('./', ''))
}

/** The clients and tools that users bring along, in the versions that are tested. */
export function peers(): string[] {
  const found = new Set<string>()
  for (const { manifest } of published) {
    for (const [peer, range] of Object.entries(manifest.peerDependencies ?? {})) {
      found.add(`${peer}@${manifest.devDependencies?.[peer] ?? range}`)
    }
  }
  return [...found]
}
