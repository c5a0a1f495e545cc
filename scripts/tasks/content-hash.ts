import { createHash } from 'node:crypto'
import { glob, readFile, stat } from 'node:fs/promises'
import { sep } from 'node:path'

const generated = new Set(['node_modules', 'dist', '.vite'])

/** One hash over the names and contents of files and folders, without what builds leave in them. */
export async function contentHash(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const path of paths) {
    for (const file of await filesIn(path))
      hash
        .update(`${file}\0`)
        .update(await readFile(file))
        .update('\0')
  }
  return hash.digest('hex')
}

async function filesIn(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path]
  const files: string[] = []
  for await (const entry of glob(`${path}/**/*`, { exclude: isGenerated })) {
    if ((await stat(entry)).isFile()) files.push(entry)
  }
  return files.toSorted()
}

function isGenerated(path: string): boolean {
  return generated.has(path.split(sep).at(-1)!)
}
