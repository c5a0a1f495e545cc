export interface Import {
  readonly from: string
  /** Whether the import is gone once the types are stripped. */
  readonly typeOnly: boolean
}

const statement = /^\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm
const dynamic = /\bimport\(\s*['"]([^'"]+)['"]/g

/** What a module imports, re-exports or loads later, as its text says. */
export function importsOf(source: string): Import[] {
  const text = withoutComments(source)
  const found: Import[] = []
  for (const [, type, from] of text.matchAll(statement))
    found.push({ from: from!, typeOnly: type !== undefined })
  for (const [, from] of text.matchAll(dynamic)) found.push({ from: from!, typeOnly: false })
  return found
}

/** The lines of a module that are neither blank nor comments. */
export function linesOfCode(source: string): number {
  return withoutComments(source)
    .split('\n')
    .filter((line) => line.trim() !== '').length
}

function withoutComments(source: string): string {
  return source.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
}

/** The package of a specifier, `undefined` for a relative one and for Node's own. */
export function packageOf(from: string): string | undefined {
  if (from.startsWith('.') || from.startsWith('node:')) return undefined
  const parts = from.split('/')
  return from.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]
}
