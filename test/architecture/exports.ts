import { posix } from 'node:path'
import type { Source } from './packages.ts'

export interface Export {
  readonly name: string
  readonly typeOnly: boolean
  /** Whether the statement in index.ts, or the declaration it names, has a doc comment above it. */
  readonly documented: boolean
}

const list = /(?<doc>\*\/\s*)?^export (?<type>type )?\{(?<names>[^}]*)\} from '(?<file>\.\.?\/[^']+)'/gm
const declaration =
  /(?<doc>\*\/\s*)?^export (?:declare )?(?:async )?(?:abstract )?(?<kind>function|const|class|interface|type) (?<name>\w+)/gm

/** What a file exports: its own declarations, and those of other files that it lists. */
export function exportsOf(index: Source, sources: readonly Source[]): Export[] {
  const listed = [...index.text.matchAll(list)].flatMap(({ groups }) => {
    const { doc, type, names, file } = groups!
    const path = posix.join(posix.dirname(index.file), file!)
    const declared = exportsOf(
      sources.find((source) => source.file === path)!,
      sources,
    )
    return names!
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean)
      .map((entry) => {
        const name = entry.replace(/^type /, '').split(' as ')[0]!
        const documented = doc !== undefined || declared.some((one) => one.name === name && one.documented)
        return { name, typeOnly: type !== undefined || entry.startsWith('type '), documented }
      })
  })
  return [...listed, ...declarationsIn(index)]
}

function declarationsIn({ text }: Source): Export[] {
  return [...text.matchAll(declaration)].map(({ groups }) => ({
    name: groups!['name']!,
    typeOnly: groups!['kind'] === 'interface' || groups!['kind'] === 'type',
    documented: groups!['doc'] !== undefined,
  }))
}
