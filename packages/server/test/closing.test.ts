import { Client, credentials } from '@grpc/grpc-js'
import { expect, onTestFinished, test, vi } from 'vitest'
import { fakeEngine } from './helpers/fake-engine.ts'
import type { FakeEngine } from './helpers/fake-engine.ts'
import { serving } from './helpers/serving.ts'

/** An engine that stores only when it is told to. */
function slowEngine(): { engine: FakeEngine; store: () => void; waiting: () => number } {
  const stores: (() => void)[] = []
  const engine = fakeEngine({
    ingest: () => new Promise((resolve) => stores.push(() => resolve({ accepted: 1, rejected: 0 }))),
  })
  return { engine, store: () => stores.forEach((store) => store()), waiting: () => stores.length }
}

function post(otlpHttp: string): Promise<Response> {
  const headers = { 'content-type': 'application/x-protobuf' }
  return fetch(`${otlpHttp}/v1/traces`, { method: 'POST', headers, body: new Uint8Array([0x0a, 0x00]) })
}

function callGrpc(otlpGrpc: string): Promise<Buffer> {
  const client = new Client(new URL(otlpGrpc).host, credentials.createInsecure())
  onTestFinished(() => client.close())
  const pass = (bytes: Buffer): Buffer => bytes
  const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, pass, pass, Buffer.alloc(0), (error, answer) =>
      error ? reject(error) : resolve(answer!),
    )
  })
}

function isRefused(url: string): Promise<boolean> {
  return fetch(url).then(
    () => false,
    () => true,
  )
}

test('what is in flight is stored and answered, what is new is refused, and the store closes last', async () => {
  const { engine, store, waiting } = slowEngine()
  const server = await serving(engine)
  const inFlight = [post(server.otlpHttp), callGrpc(server.otlpGrpc)]
  await vi.waitUntil(() => waiting() === 2, { timeout: 15_000 })

  const closed = server.close()
  await vi.waitUntil(() => isRefused(server.otlpHttp), { timeout: 15_000 })
  expect(engine.closed).toBe(false)
  store()

  const [response, answer] = (await Promise.all(inFlight)) as [Response, Buffer]
  expect(response.status).toBe(200)
  expect(answer).toHaveLength(0)
  await closed
  expect(engine.closed).toBe(true)
})

test('clients that keep their connections open are not waited for', async () => {
  const server = await serving(fakeEngine())
  await Promise.all([post(server.otlpHttp), callGrpc(server.otlpGrpc), fetch(`${server.api}/healthz`)])
  const start = performance.now()
  await server.close()
  expect(performance.now() - start).toBeLessThan(5_000)
})

test('closing twice is closing once', async () => {
  const server = await serving(fakeEngine())
  expect(server.close()).toBe(server.close())
  await server.close()
})

test('a listener that cannot start leaves nothing open', async () => {
  const first = await serving(fakeEngine())
  const engine = fakeEngine()
  const port = Number(new URL(first.viewer).port)
  await expect(serving(engine, { port })).rejects.toThrow(/^--port: port \d+ on 127\.0\.0\.1 is in use/)
  expect(engine.closed).toBe(true)
})
