import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importsOf, type Import } from './imports.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { optional?: boolean }>>
}

export interface Source {
  /** Its path inside `src`. */
  readonly file: string
  readonly text: string
  readonly imports: readonly Import[]
}

export interface Package {
  /** The folder under `packages`. */
  readonly folder: string
  readonly manifest: Manifest
  readonly sources: readonly Source[]
}

const notAdapters = new Set(['core', 'dialects', 'testing', 'correlator', 'server', 'viewer', 'auto'])

export const packages: readonly Package[] = globSync('packages/*/package.json', { cwd: root })
  .toSorted()
  .map((file) => read(dirname(join(root, file))))

export const adapters: readonly Package[] = packages.filter(({ folder }) => !notAdapters.has(folder))

export function packageIn(folder: string): Package {
  return packages.find((candidate) => candidate.folder === folder)!
}

/** The lists of what a package's users may import: one of the package, or one of each of its parts. */
export function doorsOf({ sources }: Package): readonly Source[] {
  const own = sources.filter(({ file }) => file === 'index.ts')
  return own.length > 0 ? own : sources.filter(({ file }) => basename(file) === 'index.ts')
}

function read(folder: string): Package {
  const src = join(folder, 'src')
  return {
    folder: basename(folder),
    manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest,
    sources: globSync(`${src}/**/*.{ts,tsx}`).map((path) => {
      const text = readFileSync(path, 'utf8')
      return { file: relative(src, path), text, imports: importsOf(text) }
    }),
  }
}
