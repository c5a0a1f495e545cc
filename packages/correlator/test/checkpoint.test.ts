import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { embeddedStore, openEngine, type Engine, type EngineOptions } from '../src/index.ts'
import { VERSION } from '../src/version.ts'
import { withCopy } from './support/folders.ts'
import { withFolder } from './support/stores.ts'
import { messaging, request, STORY_START_MS, type Told } from './support/story.ts'

interface Opened extends Engine {
  report: string[]
}

async function open(
  directory: string,
  { reportBudgetMs = 1e9, keys = [] }: Partial<EngineOptions> = {},
  retentionMs = 1e12,
): Promise<Opened> {
  const report: string[] = []
  const store = await embeddedStore({
    directory,
    segmentBytes: 20_000,
    retentionMs,
    report: (line) => report.push(line),
  })
  const now = (): number => STORY_START_MS + 1e6
  return Object.assign(await openEngine({ store, now, reportBudgetMs, keys }), { report })
}

/** Orders that go to a queue; each tenth is not handled. */
function orders(from: number, to: number): Told[] {
  return Array.from({ length: to - from }, (_, index): Told[] => {
    const order = from + index
    const post: Told = { id: `o${order}/post`, kind: 'server', name: 'POST', at: order * 100 }
    const sent: Told = {
      id: `o${order}/send`,
      parent: post.id,
      kind: 'producer',
      at: order * 100 + 1,
      attributes: messaging('send', 'orders'),
    }
    const handled: Told = {
      id: `w${order}/process`,
      service: 'worker',
      links: [sent.id],
      kind: 'consumer',
      at: order * 100 + 5,
      attributes: messaging('process', 'orders', { 'messaging.consumer.group.name': 'workers' }),
    }
    return order % 10 === 0 ? [post, sent] : [post, sent, handled]
  }).flat()
}

async function ingest(engine: Engine, told: readonly Told[]): Promise<void> {
  for (let from = 0; from < told.length; from += 20)
    await engine.ingest(request(told.slice(from, from + 20)), 'protobuf')
}

/** All that is made of many flows. */
async function sums(engine: Engine): Promise<string> {
  const shapes = await engine.shapes({ limit: 500 })
  return JSON.stringify([await engine.destinations(), await engine.topology({}), shapes])
}

/** What an engine answers that has seen the same, and was never stopped. */
async function sumsOf(told: readonly Told[]): Promise<string> {
  return withFolder(async (directory) => {
    const engine = await open(directory)
    await ingest(engine, told)
    const answers = await sums(engine)
    await engine.close()
    return answers
  })
}

describe('sums of all flows', () => {
  it('are there at once after a restart, as they were', () =>
    withFolder(async (directory) => {
      const engine = await open(directory)
      await ingest(engine, orders(0, 200))
      const before = await sums(engine)
      expect(JSON.parse(before)).toMatchObject([
        { complete: true, destinations: [{ sent: 200, processed: 180 }] },
        { complete: true },
        { complete: true, origins: [{ flows: 200 }] },
      ])
      await engine.close()
      const again = await open(directory, { reportBudgetMs: 0 })
      expect(await sums(again)).toBe(before)
      expect(again.report).toEqual([])
      await again.close()
    }))

  it('go on from there with what comes later, and with what came before a crash', () =>
    withFolder(async (directory) => {
      const engine = await open(directory)
      await ingest(engine, orders(0, 100))
      await sums(engine)
      await engine.close()
      const killed = await open(directory)
      await ingest(killed, orders(100, 200))
      await withCopy(directory, async (left) => {
        const after = await open(left)
        await ingest(after, orders(200, 300))
        expect(await sums(after)).toBe(await sumsOf(orders(0, 300)))
        await after.close()
      })
      await killed.close()
    }))

  it('count what nobody had counted yet', () =>
    withFolder(async (directory) => {
      for (const [from, to] of [
        [0, 100],
        [100, 300],
      ] as const) {
        const engine = await open(directory, { reportBudgetMs: 0 })
        await ingest(engine, orders(from, to))
        await engine.close()
      }
      const engine = await open(directory)
      expect(await sums(engine)).toBe(await sumsOf(orders(0, 300)))
      await engine.close()
    }))

  it('forget what retention has taken while nobody was there', () =>
    withFolder(async (directory) => {
      const engine = await open(directory)
      await ingest(engine, orders(0, 200))
      await sums(engine)
      await engine.close()
      const [oldest = ''] = (await readdir(directory)).filter((name) => /\.(log|zst)$/.test(name)).sort()
      const { mtimeMs } = await stat(join(directory, oldest))
      const again = await open(directory, {}, Date.now() - mtimeMs - 1)
      await vi.waitFor(
        async () => {
          const { destinations } = await again.destinations()
          expect(destinations[0]!.sent).toBeLessThan(200)
        },
        { timeout: 15_000 },
      )
      await again.close()
    }))
})

describe('what was saved of them', () => {
  const spoilt: [string, (directory: string) => Promise<void>, Partial<EngineOptions>, RegExp][] = [
    [
      'and is damaged',
      async (directory) => {
        const path = join(directory, 'checkpoint')
        const bytes = await readFile(path)
        bytes[bytes.length >> 1]! ^= 8
        await writeFile(path, bytes)
      },
      {},
      /checkpoint is damaged/,
    ],
    ['under other settings', async () => undefined, { keys: ['order.id'] }, /other settings/],
    [
      'and knows spans that are gone',
      async (directory) => {
        const names = (await readdir(directory)).filter((name) => name.endsWith('.log')).sort()
        const path = join(directory, names.at(-1)!)
        await truncate(path, (await readFile(path)).length - 5)
      },
      {},
      /spans are gone/,
    ],
  ]

  it.each(spoilt)('%s is not believed, and they are made again', (_, spoil, options, why) =>
    withFolder(async (directory) => {
      const engine = await open(directory)
      await ingest(engine, orders(0, 100))
      await sums(engine)
      await engine.close()
      await spoil(directory)
      const again = await open(directory, options)
      expect(again.report).toEqual(expect.arrayContaining([expect.stringMatching(why)]))
      const fresh = await withCopy(directory, async (copy) => {
        await rm(join(copy, 'checkpoint'), { force: true })
        const other = await open(copy, options)
        const answers = await sums(other)
        await other.close()
        return answers
      })
      expect(await sums(again)).toBe(fresh)
      await again.close()
    }),
  )

  it('is of this version', async () => {
    const manifest = await readFile(new URL('../package.json', import.meta.url), 'utf8')
    expect((JSON.parse(manifest) as { version: string }).version).toBe(VERSION)
  })
})
