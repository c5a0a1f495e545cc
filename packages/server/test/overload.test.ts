import type nodeFs from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { embeddedStore, openEngine } from '@flowstitch/correlator'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { exportRequest } from './helpers/otlp.ts'
import { serving } from './helpers/serving.ts'

/** What the disk does at the moment. */
const disk = vi.hoisted(() => ({ isFull: false, syncMs: 0 }))

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof nodeFs>()
  return {
    ...fs,
    writevSync(...args: Parameters<typeof fs.writevSync>) {
      if (disk.isFull) throw Object.assign(new Error('ENOSPC: injected'), { code: 'ENOSPC' })
      return fs.writevSync(...args)
    },
    fdatasync(file: number, done: (error: Error | null) => void) {
      setTimeout(() => fs.fdatasync(file, done), disk.syncMs)
    },
  }
})

afterEach(() => void Object.assign(disk, { isFull: false, syncMs: 0 }))

interface Answer {
  traceId: string
  status: number
  retryAfter: string | null
}

/** Eighty senders, five requests each one after the other; none of them waits when it is asked to. */
async function sendAll(otlpHttp: string): Promise<Answer[]> {
  const answers = Array.from({ length: 80 }, async () => {
    const own: Answer[] = []
    for (let n = 0; n < 5; n++) {
      const { protobuf, traceId } = exportRequest(10)
      const headers = { 'content-type': 'application/x-protobuf' }
      const body = new Uint8Array(protobuf)
      const response = await fetch(`${otlpHttp}/v1/traces`, { method: 'POST', headers, body })
      own.push({ traceId, status: response.status, retryAfter: response.headers.get('retry-after') })
    }
    return own
  })
  return (await Promise.all(answers)).flat()
}

async function serverOver(
  maxPendingBytes: number,
): Promise<Awaited<ReturnType<typeof serving>> & { missing(answers: Answer[]): Promise<Answer[]> }> {
  const directory = await mkdtemp(join(tmpdir(), 'flowstitch-overload-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const engine = await openEngine({ store: await embeddedStore({ directory, maxPendingBytes }) })
  const server = await serving(engine)
  return {
    ...server,
    async missing(answers) {
      const found = await Promise.all(answers.map(({ traceId }) => engine.flow(traceId)))
      return answers.filter((_, index) => found[index]?.stepCount !== 10)
    },
  }
}

test('a slow disk makes many senders wait and come again; what was answered with success is all there', async () => {
  const { otlpHttp, missing, log } = await serverOver(30_000)
  disk.syncMs = 100
  const answers = await sendAll(otlpHttp)
  const stored = answers.filter(({ status }) => status === 200)
  const refused = answers.filter(({ status }) => status !== 200)
  expect(stored.length).toBeGreaterThan(10)
  expect(refused.length).toBeGreaterThan(10)
  for (const { status, retryAfter } of refused) expect([status, retryAfter]).toEqual([503, '1'])
  expect(await missing(stored)).toEqual([])
  expect(await missing(refused)).toHaveLength(refused.length)
  expect(log).toEqual([])
}, 60_000)

test('a full disk refuses everybody, says so once, and takes spans again when there is room', async () => {
  const { otlpHttp, missing, log } = await serverOver(1e8)
  disk.isFull = true
  const refused = await sendAll(otlpHttp)
  for (const { status, retryAfter } of refused) expect([status, retryAfter]).toEqual([503, '1'])
  expect(log).toEqual([expect.stringMatching(/^could not store spans: .*The disk of .* is full/)])
  disk.isFull = false
  const stored = await sendAll(otlpHttp)
  for (const { status } of stored) expect(status).toBe(200)
  expect(await missing(stored)).toEqual([])
  expect(await missing(refused)).toHaveLength(refused.length)
}, 60_000)
