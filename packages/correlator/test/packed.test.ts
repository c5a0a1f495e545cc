import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import type { Engine } from '../src/index.ts'
import { bytesOf, filesOf, ingestOrders, openFolder, orderAnswers, packed } from './support/folders.ts'
import { withFolder } from './support/stores.ts'
import { request } from './support/story.ts'

/** Orders in segments of three each or so. */
async function someOrders(directory: string, compress: boolean): Promise<Map<string, string>> {
  const engine = await openFolder(directory, { segmentBytes: 4000, compress })
  await ingestOrders(engine, 0, 12)
  const answers = await orderAnswers(engine)
  if (compress) await packed(directory)
  await engine.close()
  return answers
}

async function answersIn(directory: string): Promise<{ answers: Map<string, string>; report: string[] }> {
  const engine = await openFolder(directory, { compress: false })
  const answers = await orderAnswers(engine)
  await engine.close()
  return { answers, report: engine.report }
}

/** Orders that look alike, as most do. */
async function ingestAlike(engine: Engine): Promise<void> {
  for (let order = 0; order < 400; order++)
    await engine.ingest(request([{ id: `o${order}/post`, kind: 'server', at: order }]), 'protobuf')
}

describe('a segment that takes no more', () => {
  it('is compressed, and answers as before, also after a restart', () =>
    withFolder(async (directory) => {
      const engine = await openFolder(directory, { segmentBytes: 20_000 })
      await ingestAlike(engine)
      const answers = await orderAnswers(engine)
      await packed(directory)
      expect(await orderAnswers(engine)).toEqual(answers)
      expect(engine.stats()).toMatchObject({ spans: 400, faults: [] })
      const segments = await filesOf(directory, '.zst')
      expect(segments.length).toBeGreaterThan(1)
      expect(await bytesOf(directory, '.zst')).toBeLessThan((segments.length * 20_000) / 2)
      await engine.close()
      expect(await answersIn(directory)).toEqual({ answers, report: [] })
    }))

  it('is left as it is where that is wished', () =>
    withFolder(async (directory) => {
      const answers = await someOrders(directory, false)
      expect(await filesOf(directory, '.zst')).toEqual([])
      expect(await answersIn(directory)).toEqual({ answers, report: [] })
    }))

  it('is taken once where a crash has left it in both forms, and half of another one', () =>
    withFolder(async (directory) => {
      const answers = await someOrders(directory, false)
      const [first = '', second = ''] = await filesOf(directory, '.log')
      await mkdir(join(directory, 'aside'))
      await copyFile(join(directory, first), join(directory, 'aside', first))
      const engine = await openFolder(directory)
      await packed(directory)
      await engine.close()
      await rename(join(directory, 'aside', first), join(directory, first))
      await writeFile(join(directory, second.replace('.log', '.zst.tmp')), 'half')
      expect(await answersIn(directory)).toEqual({ answers, report: [] })
      expect(await filesOf(directory, '.log')).not.toContain(first)
    }))

  it('answers from what it has where it can not be compressed, and that is told', () =>
    withFolder(async (directory) => {
      await mkdir(join(directory, '0000000001.zst.tmp'))
      const engine = await openFolder(directory, { segmentBytes: 4000 })
      await ingestOrders(engine, 0, 12)
      await vi.waitFor(() => expect(engine.stats().faults).toEqual([expect.stringContaining('pack: ')]))
      expect((await orderAnswers(engine)).size).toBe(12)
      await engine.close()
    }))

  it('is dropped like any other once the folder holds too much', () =>
    withFolder(async (directory) => {
      const engine = await openFolder(directory, { segmentBytes: 4000, maxDiskBytes: 30_000 })
      for (let order = 0; order < 60; order += 6) {
        await ingestOrders(engine, order, order + 6)
        await packed(directory)
      }
      expect(engine.stats().storedBytes).toBeLessThan(40_000)
      expect((await orderAnswers(engine)).size).toBeLessThan(60)
      expect(engine.stats().faults).toEqual([])
      await engine.close()
    }))
})

describe('a folder of the format before', () => {
  it('answers as it did, takes more, and is compressed', () =>
    withFolder(async (directory) => {
      const answers = await someOrders(directory, false)
      for (const name of await filesOf(directory, '.log')) await asFormat1(join(directory, name))
      for (const name of await filesOf(directory, '.idx')) await rm(join(directory, name))
      const engine = await openFolder(directory, { compress: false })
      expect(await orderAnswers(engine)).toEqual(answers)
      await ingestOrders(engine, 12, 13)
      await engine.close()
      const later = await openFolder(directory)
      await packed(directory)
      const after = await orderAnswers(later)
      expect(after.size).toBe(13)
      for (const [id, answer] of answers) expect(after.get(id)).toBe(answer)
      expect(later.report).toEqual([])
      await later.close()
    }))

  it('has indexes without checksums, which are read', () =>
    withFolder(async (directory) => {
      const answers = await someOrders(directory, false)
      for (const name of await filesOf(directory, '.idx')) await withoutSums(join(directory, name))
      expect(await answersIn(directory)).toEqual({ answers, report: [] })
    }))
})

/** The same requests as the version before wrote them. */
async function asFormat1(path: string): Promise<void> {
  const log = await readFile(path)
  const header = Buffer.alloc(16)
  header.write('FLOWSEG1')
  log.copy(header, 8, 8, 16)
  const parts = [header]
  for (let at = 24; at < log.length;) {
    const body = log.subarray(at + 16, at + 16 + log.readUInt32LE(at + 4))
    const frame = Buffer.alloc(8)
    frame.writeUInt32LE(body.length)
    frame.writeUInt32LE(crc32(body), 4)
    parts.push(frame, body)
    at += 16 + body.length
  }
  await writeFile(path, Buffer.concat(parts))
}

async function withoutSums(path: string): Promise<void> {
  const index = await readFile(path)
  const parts = Array.from({ length: 7 }, (_, part) => index.readUInt32LE(8 + part * 4))
  const words = parts.reduce((sum, count) => sum + count, 16)
  expect(words * 4).toBeLessThan(index.length)
  index.writeUInt32LE(2, 4)
  await writeFile(path, index.subarray(0, words * 4))
}
