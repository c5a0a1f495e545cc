import { randomBytes } from 'node:crypto'
import zlib from 'node:zlib'
import type { IngestResult } from '@flowstitch/correlator'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ByteBudget } from '../src/budget.ts'
import type { Ingest } from '../src/ingest.ts'
import { otlpHttp } from '../src/otlp/http.ts'
import { fakeEngine } from './helpers/fake-engine.ts'
import { readStatus } from './helpers/rpc-status.ts'
import { BODY, PROTOBUF, sendTo } from './helpers/sending.ts'

describe('a compressed request', () => {
  const codings = [
    ['gzip', zlib.gzipSync(BODY)],
    ['GZIP', zlib.gzipSync(BODY)],
    ['zstd', zlib.zstdCompressSync(BODY)],
    ['identity', BODY],
  ] as const

  test.each(codings)('in %s reaches the engine as it was', async (coding, body) => {
    const engine = fakeEngine()
    const response = await sendTo(engine, { body, headers: { 'content-encoding': coding } })
    expect(response.status).toBe(200)
    expect(Buffer.from(engine.ingested[0]!.body)).toEqual(BODY)
  })

  test('in a coding that is not supported is answered 415, with those that are', async () => {
    const response = await sendTo(fakeEngine(), { headers: { 'content-encoding': 'br' } })
    expect(response.status).toBe(415)
    expect(response.headers.get('accept-encoding')).toBe('gzip, zstd')
    expect(readStatus(await response.bytes()).message).toContain('br')
  })

  test('that is not what its coding says is answered 400', async () => {
    const response = await sendTo(fakeEngine(), { headers: { 'content-encoding': 'gzip' } })
    expect(response.status).toBe(400)
    expect(readStatus(await response.bytes()).code).toBe(3)
  })

  test('that is cut off is answered 400', async () => {
    const whole = zlib.gzipSync(Buffer.alloc(10_000, 'x'))
    const response = await sendTo(fakeEngine(), {
      body: whole.subarray(0, -8),
      headers: { 'content-encoding': 'gzip' },
    })
    expect(response.status).toBe(400)
  })

  test.each([
    ['gzip', (bytes: Buffer) => zlib.gzipSync(bytes)],
    ['zstd', (bytes: Buffer) => zlib.zstdCompressSync(bytes)],
  ] as const)('that is a bomb in %s is answered 413 and takes no memory', async (coding, compress) => {
    const bomb = compress(Buffer.alloc(400 * 2 ** 20))
    expect(bomb.length).toBeLessThan(2 ** 20)
    const before = process.memoryUsage().rss
    const engine = fakeEngine()
    const response = await sendTo(engine, { body: bomb, headers: { 'content-encoding': coding } })
    expect(response.status).toBe(413)
    expect(engine.ingested).toEqual([])
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 2 ** 20)
  })
})

test.each([20_000, 200_000])('a gzipped body of %i bytes comes out whole', async (size) => {
  const engine = fakeEngine()
  const whole = randomBytes(size)
  const response = await sendTo(engine, {
    body: zlib.gzipSync(whole),
    headers: { 'content-encoding': 'gzip' },
  })
  expect(response.status).toBe(200)
  expect(whole.equals(engine.ingested[0]!.body)).toBe(true)
})

test('the memory of a large body is free as soon as the request is answered', async () => {
  const held: Uint8Array[] = []
  const ingest = (body: Uint8Array): Promise<IngestResult> => {
    held.push(body)
    return Promise.resolve({ accepted: body.length, rejected: 0 })
  }
  const response = await sendTo(fakeEngine({ ingest }), {
    body: zlib.gzipSync(Buffer.alloc(300_000)),
    headers: { 'content-encoding': 'gzip' },
  })
  expect(response.status).toBe(200)
  await vi.waitUntil(() => held[0]?.buffer.byteLength === 0)
})

test('requests in flight share a budget of memory, and the one too many is asked to come again', async () => {
  const waiting: (() => void)[] = []
  const ingest: Ingest = () =>
    new Promise((resolve) => waiting.push(() => resolve({ kind: 'stored', rejected: 0, message: '' })))
  const budget = new ByteBudget(1000)
  const app = otlpHttp(ingest, () => true, budget)
  onTestFinished(() => app.close())
  const url = `${await app.listen({ port: 0 })}/v1/traces`
  const send = (): Promise<Response> =>
    fetch(url, { method: 'POST', headers: { 'content-type': PROTOBUF }, body: new Uint8Array(300) })

  const held = [send(), send(), send()]
  await vi.waitUntil(() => waiting.length === 3, { timeout: 15_000 })
  const refused = await send()
  expect(refused.status).toBe(503)
  expect(refused.headers.get('retry-after')).toBe('1')
  for (const finish of waiting) finish()
  for (const response of await Promise.all(held)) expect(response.status).toBe(200)
  await vi.waitUntil(() => budget.used === 0, { timeout: 15_000 })
})
