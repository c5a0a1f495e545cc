import zlib from 'node:zlib'
import { DecodeError, OverloadError } from '@flowstitch/correlator'
import { Client, compressionAlgorithms, credentials, Metadata, status } from '@grpc/grpc-js'
import type { ServiceError } from '@grpc/grpc-js'
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ByteBudget } from '../src/budget.ts'
import type { Ingest } from '../src/ingest.ts'
import { bindGrpc, otlpGrpc } from '../src/otlp/grpc.ts'
import { fakeEngine } from './helpers/fake-engine.ts'
import { readStatus } from './helpers/rpc-status.ts'
import { serving } from './helpers/serving.ts'

const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'
const BODY = Buffer.from([0x0a, 0x00])

function exportTo(
  url: string,
  body: Buffer,
  { token, gzip = false, method = EXPORT }: { token?: string; gzip?: boolean; method?: string } = {},
): Promise<Buffer> {
  const client = new Client(new URL(url).host, credentials.createInsecure(), {
    'grpc.default_compression_algorithm': gzip ? compressionAlgorithms.gzip : compressionAlgorithms.identity,
    'grpc.max_send_message_length': -1,
  })
  onTestFinished(() => client.close())
  const metadata = new Metadata()
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`)
  const pass = (bytes: Buffer): Buffer => bytes
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(method, pass, pass, body, metadata, (error, answer) =>
      error ? reject(error) : resolve(answer!),
    )
  })
}

async function errorOf(call: Promise<unknown>): Promise<ServiceError> {
  return call.then(
    () => expect.unreachable('the call should have failed'),
    (error: ServiceError) => error,
  )
}

describe('a stored request', () => {
  test.each([false, true])('is answered with an empty response (gzip: %s)', async (gzip) => {
    const engine = fakeEngine()
    const { otlpGrpc } = await serving(engine)
    expect(await exportTo(otlpGrpc, BODY, { gzip })).toHaveLength(0)
    expect(engine.ingested.map(({ body, encoding }) => [Buffer.from(body), encoding])).toEqual([
      [BODY, 'protobuf'],
    ])
  })

  test('says how many spans were rejected, and why', async () => {
    const { otlpGrpc } = await serving(
      fakeEngine({ ingest: () => Promise.resolve({ accepted: 0, rejected: 2, message: 'no span id' }) }),
    )
    const answer = await exportTo(otlpGrpc, BODY)
    expect(ProtobufTraceSerializer.deserializeResponse(answer)).toMatchObject({
      partialSuccess: { rejectedSpans: 2, errorMessage: 'no span id' },
    })
  })
})

describe('a request that cannot be taken', () => {
  test('is INVALID_ARGUMENT when it is malformed', async () => {
    const ingest = (): Promise<never> =>
      Promise.reject(new DecodeError('malformed-protobuf', 'a field ends too early'))
    const { otlpGrpc } = await serving(fakeEngine({ ingest }))
    expect(await errorOf(exportTo(otlpGrpc, BODY))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'a field ends too early',
    })
  })

  test('is UNAVAILABLE with RetryInfo when the engine is overloaded', async () => {
    const ingest = (): Promise<never> => Promise.reject(new OverloadError('busy', 2))
    const { otlpGrpc } = await serving(fakeEngine({ ingest }))
    const error = await errorOf(exportTo(otlpGrpc, BODY))
    expect(error.code).toBe(status.UNAVAILABLE)
    const [details] = error.metadata.get('grpc-status-details-bin')
    expect(readStatus(details as Buffer)).toEqual({ code: 14, message: 'busy', retryDelaySeconds: 2 })
  })

  test('is RESOURCE_EXHAUSTED when it is too large, plain or as a bomb, and the next one is stored', async () => {
    const engine = fakeEngine()
    const { otlpGrpc } = await serving(engine)
    const large = Buffer.alloc(100 * 2 ** 20)
    expect(zlib.gzipSync(large).length).toBeLessThan(2 ** 20)
    for (const gzip of [false, true]) {
      expect((await errorOf(exportTo(otlpGrpc, large, { gzip }))).code).toBe(status.RESOURCE_EXHAUSTED)
    }
    expect(await exportTo(otlpGrpc, BODY)).toHaveLength(0)
    expect(engine.ingested).toHaveLength(1)
  })

  test('is UNAVAILABLE when those in flight have used up the memory', async () => {
    const stored: (() => void)[] = []
    const ingest: Ingest = () =>
      new Promise((resolve) => stored.push(() => resolve({ kind: 'stored', rejected: 0, message: '' })))
    const server = otlpGrpc(ingest, () => true, new ByteBudget(10))
    onTestFinished(() => server.forceShutdown())
    const url = `http://127.0.0.1:${await bindGrpc(server, '127.0.0.1:0')}`
    const held = exportTo(url, Buffer.alloc(8))
    await vi.waitUntil(() => stored.length === 1, { timeout: 15_000 })
    expect((await errorOf(exportTo(url, Buffer.alloc(8)))).code).toBe(status.UNAVAILABLE)
    stored[0]!()
    await held
  })

  test('is UNIMPLEMENTED for another signal', async () => {
    const { otlpGrpc } = await serving(fakeEngine())
    const method = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export'
    expect((await errorOf(exportTo(otlpGrpc, BODY, { method }))).code).toBe(status.UNIMPLEMENTED)
  })
})

test('only somebody with the token may send', async () => {
  const engine = fakeEngine()
  const { otlpGrpc } = await serving(engine, { token: 'secret' })
  expect((await errorOf(exportTo(otlpGrpc, BODY))).code).toBe(status.UNAUTHENTICATED)
  expect((await errorOf(exportTo(otlpGrpc, BODY, { token: 'wrong' }))).code).toBe(status.UNAUTHENTICATED)
  expect(engine.ingested).toEqual([])
  expect(await exportTo(otlpGrpc, BODY, { token: 'secret' })).toHaveLength(0)
})
