import { connect } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createClient } from '../src/client.ts'
import { readEvents } from '../src/event-stream.ts'
import { fakeEngine, summaryOf } from './helpers/fake-engine.ts'
import type { FakeEngine } from './helpers/fake-engine.ts'
import { orderFlow } from './helpers/sample-flow.ts'
import { serving } from './helpers/serving.ts'

const summary = summaryOf(orderFlow())

function change(engine: FakeEngine, version: number, id = summary.id): void {
  for (const listener of engine.listeners) listener({ ...summary, id, version })
}

test('every change of a flow is an event with its summary', async () => {
  const engine = fakeEngine()
  const { viewer } = await serving(engine)
  const events = (await createClient(viewer).live())[Symbol.asyncIterator]()
  await vi.waitUntil(() => engine.listeners.size === 1, { timeout: 15_000 })
  change(engine, 1)
  change(engine, 2)
  expect((await events.next()).value).toEqual({ ...summary, version: 1 })
  expect((await events.next()).value).toEqual({ ...summary, version: 2 })
})

test('the answer is an event stream that no one caches', async () => {
  const { api } = await serving(fakeEngine())
  const { headers, body } = await fetch(`${api}/live`)
  expect(headers.get('content-type')).toBe('text/event-stream')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  await body!.cancel()
})

test('a stream on which nothing happens stays open by a comment now and then', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const { api } = await serving(fakeEngine())
  const response = await fetch(`${api}/live`)
  const body = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  expect((await body.read()).value).toBe('retry: 2000\n\n')
  vi.advanceTimersByTime(15_000)
  expect((await body.read()).value).toMatch(/^: .+\n\n$/)
  await body.cancel()
})

test('a reader that goes away costs nothing any more', async () => {
  const engine = fakeEngine()
  const { api } = await serving(engine)
  const abort = new AbortController()
  await fetch(`${api}/live`, { signal: abort.signal })
  await vi.waitUntil(() => engine.listeners.size === 1, { timeout: 15_000 })
  expect(await (await fetch(`${api}/metrics`)).text()).toContain('flowstitch_live_clients 1\n')
  abort.abort()
  await vi.waitUntil(() => engine.listeners.size === 0, { timeout: 15_000 })
  expect(await (await fetch(`${api}/metrics`)).text()).toContain('flowstitch_live_clients 0\n')
})

test('closing the server ends the streams', async () => {
  const engine = fakeEngine()
  const server = await serving(engine)
  const events = (await createClient(server.viewer).live())[Symbol.asyncIterator]()
  await vi.waitUntil(() => engine.listeners.size === 1, { timeout: 15_000 })
  await server.close()
  expect((await events.next()).done).toBe(true)
  expect(engine.closed).toBe(true)
})

describe('a reader that does not read', () => {
  test('costs bounded memory, and gets the newest of each flow when it reads again', async () => {
    const engine = fakeEngine()
    const { viewer } = await serving(engine)
    const { hostname, port } = new URL(viewer)
    const socket = connect(Number(port), hostname)
    onTestFinished(() => void socket.destroy())
    socket.write(`GET /api/v1/live HTTP/1.1\r\nhost: localhost\r\n\r\n`)
    socket.pause()
    await vi.waitUntil(() => engine.listeners.size === 1, { timeout: 15_000 })

    // Far more than the kernel's socket buffers hold, in rounds over as many flows as a reader may miss.
    const ids = Array.from({ length: 15_000 }, (_, n) => n.toString(16).padStart(32, '0'))
    const before = process.memoryUsage().heapUsed
    for (let version = 1; version <= 3; version++) for (const id of ids) change(engine, version, id)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(150 * 2 ** 20)

    const seen = new Map<string, number>()
    let missed = 0
    change(engine, 99, 'f'.repeat(32))
    for await (const { event, data } of readEvents(dechunked(socket))) {
      if (event === 'missed') missed += (JSON.parse(data) as { count: number }).count
      else {
        const flow = JSON.parse(data) as { id: string; version: number }
        seen.set(flow.id, flow.version)
        if (flow.version === 99) break
      }
    }
    expect(missed).toBeGreaterThan(0)
    expect(ids.slice(-9_000).filter((id) => seen.get(id) !== 3)).toEqual([])
  })
})

/** The body of a chunked HTTP/1.1 answer, as far as server-sent events need it: sizes stand on lines of their own. */
async function* dechunked(socket: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  let pending: Buffer = Buffer.alloc(0)
  let inBody = false
  for await (const part of socket) {
    pending = Buffer.concat([pending, part])
    if (!inBody) {
      const end = pending.indexOf('\r\n\r\n')
      if (end < 0) continue
      inBody = true
      pending = pending.subarray(end + 4)
    }
    for (;;) {
      const lineEnd = pending.indexOf('\r\n')
      const size = lineEnd < 0 ? Number.NaN : Number.parseInt(pending.toString('latin1', 0, lineEnd), 16)
      if (!(pending.length >= lineEnd + size + 4)) break
      yield pending.subarray(lineEnd + 2, lineEnd + 2 + size)
      pending = pending.subarray(lineEnd + size + 4)
    }
  }
}
