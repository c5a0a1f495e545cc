import type nodeFs from 'node:fs'
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { embeddedStore, openEngine, type Engine, type EmbeddedStoreOptions } from '../src/index.ts'
import { withFolder } from './support/stores.ts'
import { request, STORY_START_MS, traceId } from './support/story.ts'

/** What the disk does at the moment. */
const disk = vi.hoisted(() => ({ isFull: false, isBroken: false, keepsFiles: false, syncMs: 0 }))

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof nodeFs>()
  const failing = (code: string): Error => Object.assign(new Error(`${code}: injected`), { code })
  return {
    ...fs,
    writevSync(...args: Parameters<typeof fs.writevSync>) {
      // As a disk does that fills up: a part is written, and then nothing more.
      if (disk.isFull) return fs.writevSync(args[0], [Buffer.from('torn')], args[2])
      return fs.writevSync(...args)
    },
    fdatasync(file: number, done: (error: Error | null) => void) {
      if (disk.isBroken) done(failing('EIO'))
      else setTimeout(() => fs.fdatasync(file, done), disk.syncMs)
    },
    rmSync(...args: Parameters<typeof fs.rmSync>) {
      if (disk.keepsFiles) throw failing('EPERM')
      fs.rmSync(...args)
    },
  }
})

afterEach(() => void Object.assign(disk, { isFull: false, isBroken: false, keepsFiles: false, syncMs: 0 }))

async function open(
  directory: string,
  options: Partial<EmbeddedStoreOptions> = {},
): Promise<Engine & { report: string[] }> {
  const report: string[] = []
  const store = await embeddedStore({ directory, report: (line) => report.push(line), ...options })
  return Object.assign(await openEngine({ store, now: () => STORY_START_MS }), { report })
}

function ingest(engine: Engine, order: number): Promise<unknown> {
  return engine.ingest(request([{ id: `o${order}/post`, kind: 'server', at: order }]), 'protobuf')
}

async function orders(engine: Engine): Promise<string[]> {
  return (await engine.flows({ limit: 500 })).flows.map(({ id }) => id).sort()
}

const ids = (...numbers: number[]): string[] => numbers.map((order) => traceId(`o${order}`)).sort()

describe('when the disk', () => {
  it('is full, requests are refused, and nothing that was taken is lost', () =>
    withFolder(async (directory) => {
      // Each request needs a segment of its own, so that new ones fail to be made too.
      for (const segmentBytes of [1, 1e6]) {
        const engine = await open(directory, { segmentBytes })
        const before = (await orders(engine)).length
        await ingest(engine, before)
        disk.isFull = true
        for (const again of [1, 2])
          await expect(ingest(engine, before + 100 * again)).rejects.toMatchObject({ code: 'disk-full' })
        disk.isFull = false
        await ingest(engine, before + 1)
        await engine.close()
      }
      const engine = await open(directory)
      expect(await orders(engine)).toEqual(ids(0, 1, 2, 3))
      expect(engine.report).toEqual([])
      await engine.close()
    }))

  it('fails to sync, what waits is refused, and so is all that comes after', () =>
    withFolder(async (directory) => {
      const engine = await open(directory)
      await ingest(engine, 0)
      disk.isBroken = true
      await expect(ingest(engine, 1)).rejects.toMatchObject({ code: 'io' })
      disk.isBroken = false
      await expect(ingest(engine, 2)).rejects.toMatchObject({ code: 'io' })
      expect(engine.stats().faults).toEqual([expect.stringMatching(/commit: .*EIO/)])
      expect(engine.report).toEqual(engine.stats().faults)
      await engine.close()
      const again = await open(directory)
      expect(await orders(again)).toEqual(expect.arrayContaining(ids(0)))
      await again.close()
    }))

  it('has no room for an index, its spans are answered from memory, and it is made later', () =>
    withFolder(async (directory) => {
      await mkdir(join(directory, '0000000001.idx.tmp'))
      const engine = await open(directory, { segmentBytes: 1 })
      await ingest(engine, 0)
      await ingest(engine, 1)
      await vi.waitFor(() => expect(engine.stats().faults).toEqual([expect.stringContaining('seal: ')]))
      expect(await orders(engine)).toEqual(ids(0, 1))
      await rmdir(join(directory, '0000000001.idx.tmp'))
      await ingest(engine, 2)
      await vi.waitFor(() => expect(engine.stats().faults).toEqual([]))
      expect(engine.report.at(-1)).toBe('store: seal: works again')
      expect(await orders(engine)).toEqual(ids(0, 1, 2))
      await engine.close()
    }))

  it('keeps files that retention wants to drop, that is told, and spans are taken as before', () =>
    withFolder(async (directory) => {
      const engine = await open(directory, { segmentBytes: 1, maxDiskBytes: 1, compress: false })
      disk.keepsFiles = true
      for (let order = 0; order < 3; order++) await ingest(engine, order)
      await vi.waitFor(async () => {
        await ingest(engine, 3)
        expect(engine.stats().faults).toEqual([expect.stringContaining('retention: ')])
      })
      expect(await orders(engine)).toEqual(ids(0, 1, 2, 3))
      disk.keepsFiles = false
      await vi.waitFor(async () => {
        await ingest(engine, 4)
        expect(await orders(engine)).not.toContain(traceId('o0'))
      })
      expect(engine.stats().faults).toEqual([])
      await engine.close()
    }))

  it('keeps a file that has been compressed, that is told, and it goes with the next start', () =>
    withFolder(async (directory) => {
      const engine = await open(directory, { segmentBytes: 1 })
      disk.keepsFiles = true
      for (let order = 0; order < 3; order++) await ingest(engine, order)
      await vi.waitFor(() => expect(engine.stats().faults).toEqual([expect.stringContaining('pack: ')]))
      expect(await orders(engine)).toEqual(ids(0, 1, 2))
      disk.keepsFiles = false
      await engine.close()
      expect(await readdir(directory)).toEqual(
        expect.arrayContaining(['0000000001.log', '0000000001.zst', '0000000002.log']),
      )
      const again = await open(directory)
      expect(await orders(again)).toEqual(ids(0, 1, 2))
      expect(await readdir(directory)).not.toContain('0000000001.log')
      await again.close()
    }))

  it('is slow, senders are refused before memory runs out, and what was taken is all there', () =>
    withFolder(async (directory) => {
      disk.syncMs = 30
      const engine = await open(directory, { maxPendingBytes: 2000 })
      const taken: number[] = []
      for (let round = 0; round < 5; round++) {
        const results = await Promise.allSettled(
          Array.from({ length: 100 }, async (_, n) => {
            await ingest(engine, round * 100 + n)
            taken.push(round * 100 + n)
          }),
        )
        const refused = results.filter((result) => result.status === 'rejected')
        expect(refused.length).toBeGreaterThan(50)
        for (const { reason } of refused) expect(reason).toMatchObject({ name: 'OverloadError' })
      }
      expect(await orders(engine)).toEqual(ids(...taken))
      await engine.close()
    }))

  it('has damaged a request, that one alone is missing, and it is told', () =>
    withFolder(async (directory) => {
      const engine = await open(directory)
      for (let order = 0; order < 3; order++) await ingest(engine, order)
      await engine.close()
      const path = join(directory, '0000000001.log')
      const log = await readFile(path)
      const at = log.indexOf(Buffer.from(traceId('o1'), 'hex'))
      log[at]! ^= 1
      await writeFile(path, log)
      const again = await open(directory)
      expect(await orders(again)).toEqual(ids(0, 2))
      expect(again.report).toEqual([
        expect.stringMatching(/0000000001\.log: the request at byte \d+ is damaged/),
      ])
      await again.close()
    }))

  it.each([
    ['of a newer version', 'FLOWSEG3', 'newer-version'],
    ['that is none of ours', 'a letter to somebody', 'corrupt'],
  ])('has a segment %s, that is said, and the file stays', (_, content, code) =>
    withFolder(async (directory) => {
      await writeFile(join(directory, '0000000001.log'), content)
      await expect(open(directory)).rejects.toMatchObject({
        name: 'StoreError',
        code,
        message: expect.stringContaining('0000000001.log') as string,
      })
      expect(await readdir(directory)).toContain('0000000001.log')
      expect(await readFile(join(directory, '0000000001.log'), 'utf8')).toBe(content)
    }),
  )
})
