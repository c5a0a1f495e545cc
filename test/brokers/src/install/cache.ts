import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../../../..', import.meta.url))

/** A path in the project's folder for what can be had again. */
export function inCache(...parts: string[]): string {
  return join(root, '.cache', ...parts)
}

/** Fills a folder of the cache; it is there whole or not at all, whenever the work is cut short. */
export async function fillCache(target: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const partial = `${target}.partial-${process.pid}`
  await mkdir(dirname(target), { recursive: true })
  await mkdir(partial)
  try {
    await fill(partial)
    await rm(target, { recursive: true, force: true })
    await rename(partial, target)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}
