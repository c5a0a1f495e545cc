import { spawn } from 'node:child_process'
import { appendFile, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createInterface } from 'node:readline'
import { describe, expect, it, vi } from 'vitest'
import { embeddedStore, openEngine, type Engine, type Store } from '../src/index.ts'
import { withFolder, withStore } from './support/stores.ts'
import { messaging, request, STORY_START_MS, traceId } from './support/story.ts'

async function ingest(engine: Engine, from: number, to: number): Promise<void> {
  for (let order = from; order < to; order++)
    await engine.ingest(request([{ id: `o${order}/post`, kind: 'server', at: order }]), 'protobuf')
}

async function engineOver(store: Store): Promise<Engine> {
  return openEngine({ store, now: () => STORY_START_MS })
}

async function reopened(directory: string): Promise<string[]> {
  const engine = await engineOver(await embeddedStore({ directory }))
  const { flows } = await engine.flows({ limit: 500 })
  await engine.close()
  return flows.map((flow) => flow.id)
}

/** Has a process ingest orders from `from` on until it has told of `until`, and kills it; answers how many it told of. */
async function killedAfter(directory: string, from: number, until: number): Promise<number> {
  const writer = new URL('./support/writer.ts', import.meta.url).pathname
  const child = spawn(
    process.execPath,
    ['--conditions=@flowstitch/source', writer, directory, String(from)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const ended = once(child, 'exit')
  let acknowledged = from
  for await (const line of createInterface(child.stdout)) {
    acknowledged = Number(line)
    if (acknowledged >= until) break
  }
  child.kill('SIGKILL')
  await ended
  return acknowledged
}

async function lastLog(directory: string): Promise<string> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.log'))
  return join(directory, names.sort().at(-1)!)
}

describe('the embedded store', () => {
  it('keeps everything that was acknowledged, however often its process is killed', () =>
    withFolder(async (directory) => {
      let acknowledged = 0
      for (const until of [100, 150, 300]) acknowledged = await killedAfter(directory, acknowledged, until)
      const engine = await engineOver(await embeddedStore({ directory }))
      for (let order = 0; order < acknowledged; order++)
        expect(await engine.flow(traceId(`o${order}`)), `order ${order}`).toBeDefined()
      await engine.close()
    }))

  it('cuts off a request that a crash left half written, and goes on behind it', () =>
    withFolder(async (directory) => {
      const engine = await engineOver(await embeddedStore({ directory }))
      await ingest(engine, 0, 3)
      await engine.close()
      const log = await lastLog(directory)
      await truncate(log, (await readFile(log)).length - 5)
      expect(await reopened(directory)).toHaveLength(2)
      const again = await engineOver(await embeddedStore({ directory }))
      await ingest(again, 3, 4)
      await again.close()
      expect((await reopened(directory)).sort()).toEqual([0, 1, 3].map((n) => traceId(`o${n}`)).sort())
    }))

  it('cuts off bytes that are no request', () =>
    withFolder(async (directory) => {
      const engine = await engineOver(await embeddedStore({ directory }))
      await ingest(engine, 0, 2)
      await engine.close()
      await appendFile(await lastLog(directory), Buffer.alloc(100, 7))
      expect(await reopened(directory)).toHaveLength(2)
    }))

  it('finds all of a long trace in a sealed segment, and all of a long span', () =>
    withFolder(async (directory) => {
      const steps = Array.from({ length: 100 }, (_, n) => ({ id: `long/step${n}`, at: n }))
      const links = Array.from({ length: 1000 }, (_, n) => `lost/send${n}`)
      const engine = await engineOver(await embeddedStore({ directory, segmentBytes: 250 }))
      await engine.ingest(
        request([
          ...steps,
          { id: 'wide/process', kind: 'consumer', links, attributes: messaging('process', 'orders') },
        ]),
        'protobuf',
      )
      await ingest(engine, 0, 1)
      await engine.close()
      expect((await readdir(directory)).filter((name) => name.endsWith('.idx'))).toHaveLength(1)
      const again = await engineOver(await embeddedStore({ directory }))
      expect((await again.flow(traceId('long')))?.stepCount).toBe(100)
      expect((await again.flow(traceId('wide')))?.messages).toHaveLength(1000)
      await again.close()
    }))

  it('makes an index again that is missing or damaged', () =>
    withFolder(async (directory) => {
      const engine = await engineOver(await embeddedStore({ directory, segmentBytes: 250 }))
      await ingest(engine, 0, 10)
      await engine.close()
      const indexes = (await readdir(directory)).filter((name) => name.endsWith('.idx'))
      expect(indexes.length).toBeGreaterThan(2)
      await writeFile(join(directory, indexes[0]!), 'damaged')
      await truncate(join(directory, indexes[1]!), 100)
      expect(await reopened(directory)).toHaveLength(10)
    }))

  it('refuses spans of the far future, also when it makes its index again', () =>
    withFolder(async (directory) => {
      const store = await embeddedStore({ directory })
      const engine = await openEngine({ store })
      const future = { id: 'later/post', at: Date.now() - STORY_START_MS + 2 * 86_400_000 }
      const soon = { id: 'soon/post', at: Date.now() - STORY_START_MS + 3_600_000 }
      const body = request([future, soon, { ...future, id: 'later/step', links: ['soon/post'] }])
      expect(await engine.ingest(body, 'protobuf')).toEqual({
        accepted: 1,
        rejected: 2,
        message: '2 spans start more than a day in the future',
      })
      expect(await engine.flowsOfTrace(traceId('later'))).toEqual([])
      expect((await engine.flow(traceId('soon')))?.stepCount).toBe(1)
      await engine.close()
      expect(await reopened(directory)).toEqual([traceId('soon')])
    }))

  it('refuses a request of more spans than others should wait for', () =>
    withStore({}, async (store) => {
      const engine = await engineOver(store)
      const span = request([{ id: 'a/post' }])
      const body = Buffer.concat(Array.from({ length: 100_001 }, () => span))
      await expect(engine.ingest(body, 'protobuf')).rejects.toMatchObject({
        name: 'DecodeError',
        code: 'too-large',
        message: '100001 spans in one request: send at most 100000 at a time',
      })
      expect(engine.stats()).toMatchObject({ spans: 0, storedBytes: 24 })
    }))

  it('is of one process at a time', () =>
    withStore({}, async (_, directory) => {
      await expect(embeddedStore({ directory })).rejects.toMatchObject({ name: 'StoreError', code: 'locked' })
    }))

  it('leaves a folder of a newer version alone', () =>
    withFolder(async (directory) => {
      const database = new DatabaseSync(join(directory, 'catalogue.sqlite'))
      database.exec('PRAGMA user_version = 99')
      database.close()
      await expect(embeddedStore({ directory })).rejects.toMatchObject({ code: 'newer-version' })
    }))

  it('says when its folder is none', () =>
    withFolder(async (directory) => {
      await writeFile(join(directory, 'file'), '')
      await expect(embeddedStore({ directory: join(directory, 'file') })).rejects.toMatchObject({
        code: 'io',
      })
    }))

  it('drops the oldest segments beyond the most disk it may use', () =>
    withStore({ segmentBytes: 2000, maxDiskBytes: 20_000 }, async (store) => {
      const engine = await engineOver(store)
      await ingest(engine, 0, 300)
      await vi.waitFor(() => expect(store.stats().bytes).toBeLessThan(25_000), { timeout: 15_000 })
      expect(await engine.flow(traceId('o0'))).toBeUndefined()
      expect(await engine.flow(traceId('o299'))).toBeDefined()
      expect((await engine.flows({ limit: 500 })).flows.length).toBeLessThan(300)
    }))

  it('drops segments that are older than the retention', () =>
    withFolder(async (directory) => {
      const engine = await engineOver(await embeddedStore({ directory, segmentBytes: 250 }))
      await ingest(engine, 0, 10)
      await engine.close()
      const later = await engineOver(
        await embeddedStore({ directory, segmentBytes: 250, retentionMs: -1000 }),
      )
      expect((await later.flows({ limit: 500 })).flows.length).toBeLessThan(3)
      await later.close()
    }))

  it('refuses requests while too much waits for the disk', () =>
    withStore({ maxPendingBytes: 100 }, async (store) => {
      const engine = await engineOver(store)
      const results = await Promise.allSettled(
        [0, 1, 2].map((order) => engine.ingest(request([{ id: `o${order}/post` }]), 'protobuf')),
      )
      const refused = results.filter((result) => result.status === 'rejected')
      expect(refused.length).toBeGreaterThan(0)
      for (const { reason } of refused)
        expect(reason).toMatchObject({ name: 'OverloadError', retryAfterSeconds: 1 })
      expect(engine.stats().spans).toBe(3 - refused.length)
    }))

  it('takes nothing more once it is closed', () =>
    withFolder(async (directory) => {
      const engine = await engineOver(await embeddedStore({ directory }))
      await engine.close()
      await expect(ingest(engine, 0, 1)).rejects.toMatchObject({ name: 'StoreError', code: 'closed' })
    }))
})
