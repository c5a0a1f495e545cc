import { randomBytes } from 'node:crypto'
import { cpSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { vi } from 'vitest'
import { embeddedStore, openEngine, type EmbeddedStoreOptions, type Engine } from '../../src/index.ts'
import { withFolder } from './stores.ts'
import { request, STORY_START_MS, traceId, withoutVersions } from './story.ts'

/** An engine over a folder, and what its store has reported. */
export async function openFolder(
  directory: string,
  options: Partial<EmbeddedStoreOptions> = {},
): Promise<Engine & { report: string[] }> {
  const report: string[] = []
  const store = await embeddedStore({ directory, report: (line) => report.push(line), ...options })
  const settings = { now: () => STORY_START_MS, listBudgetMs: 60_000 }
  return Object.assign(await openEngine({ store, ...settings }), { report })
}

/** Orders of one span of a good thousand bytes that can't be compressed. */
export async function ingestOrders(engine: Engine, from: number, to: number): Promise<void> {
  for (let order = from; order < to; order++) {
    const attributes = { noise: randomBytes(500).toString('hex') }
    const span = { id: `o${order}/post`, kind: 'server', at: order * 100, attributes } as const
    await engine.ingest(request([span]), 'protobuf')
  }
}

/** What is answered about each order, by its trace, but for versions, which say where it lies. */
export async function orderAnswers(engine: Engine): Promise<Map<string, string>> {
  const { flows } = await engine.flows({ limit: 500 })
  return new Map(
    await Promise.all(
      flows.map(async ({ id }) => [id, withoutVersions(await engine.flow(id))] as [string, string]),
    ),
  )
}

export const idOf = (order: number): string => traceId(`o${order}`)

export async function filesOf(directory: string, extension: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith(extension)).sort()
}

/** Resolves when every segment but the newest is compressed. */
export async function packed(directory: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const logs = await filesOf(directory, '.log')
      if (logs.length > 1) throw new Error(`${logs.length} are not packed`)
    },
    { timeout: 15_000 },
  )
}

/** A copy of the folder: as it would be found if its process were killed now, if there is one. */
export function withCopy<T>(directory: string, use: (copy: string) => Promise<T>): Promise<T> {
  return withFolder(async (copy) => {
    // At one go, and without what may be renamed meanwhile.
    cpSync(directory, copy, { recursive: true, filter: (path) => !path.endsWith('.tmp') })
    return use(copy)
  })
}

export async function bytesOf(directory: string, extension: string): Promise<number> {
  const names = await filesOf(directory, extension)
  const files = await Promise.all(names.map((name) => readFile(join(directory, name))))
  return files.reduce((sum, { length }) => sum + length, 0)
}
