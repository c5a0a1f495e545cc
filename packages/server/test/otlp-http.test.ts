import { request } from 'node:http'
import { DecodeError, OverloadError } from '@flowstitch/correlator'
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { describe, expect, test } from 'vitest'
import { fakeEngine } from './helpers/fake-engine.ts'
import { readStatus } from './helpers/rpc-status.ts'
import { BODY, PROTOBUF, sendTo } from './helpers/sending.ts'
import { serving } from './helpers/serving.ts'

const JSON_TYPE = 'application/json'

describe('a stored request', () => {
  test('is answered with an empty response in protobuf', async () => {
    const engine = fakeEngine()
    const response = await sendTo(engine)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe(PROTOBUF)
    expect(await response.bytes()).toHaveLength(0)
    expect(engine.ingested).toEqual([{ body: BODY, encoding: 'protobuf' }])
  })

  test('is answered with an empty object in JSON, charset or not', async () => {
    const engine = fakeEngine()
    const response = await sendTo(engine, {
      type: 'application/json; charset=utf-8',
      body: Buffer.from('{}'),
    })
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(await response.json()).toEqual({})
    expect(engine.ingested[0]!.encoding).toBe('json')
  })

  test('says how many spans were rejected, and why', async () => {
    const ingest = (): Promise<{ accepted: number; rejected: number; message: string }> =>
      Promise.resolve({ accepted: 2, rejected: 300, message: 'a span id is all zero' })
    const protobuf = await sendTo(fakeEngine({ ingest }))
    expect(ProtobufTraceSerializer.deserializeResponse(await protobuf.bytes())).toMatchObject({
      partialSuccess: { rejectedSpans: 300, errorMessage: 'a span id is all zero' },
    })
    const json = await sendTo(fakeEngine({ ingest }), { type: JSON_TYPE })
    expect(await json.json()).toEqual({
      partialSuccess: { rejectedSpans: '300', errorMessage: 'a span id is all zero' },
    })
  })

  test('may carry a warning without a rejected span', async () => {
    const response = await sendTo(
      fakeEngine({ ingest: () => Promise.resolve({ accepted: 1, rejected: 0, message: 'old names' }) }),
    )
    const { partialSuccess } = ProtobufTraceSerializer.deserializeResponse(await response.bytes())
    expect(partialSuccess?.errorMessage).toBe('old names')
  })
})

describe('a request that cannot be taken', () => {
  test('is answered 400 with a Status in its own encoding when it is malformed', async () => {
    const ingest = (): Promise<never> =>
      Promise.reject(new DecodeError('malformed-protobuf', 'field 1 ends too early'))
    const protobuf = await sendTo(fakeEngine({ ingest }))
    expect(protobuf.status).toBe(400)
    expect(protobuf.headers.get('content-type')).toBe(PROTOBUF)
    expect(readStatus(await protobuf.bytes())).toMatchObject({ code: 3, message: 'field 1 ends too early' })

    const json = await sendTo(fakeEngine({ ingest }), { type: JSON_TYPE })
    expect(json.status).toBe(400)
    expect(await json.json()).toEqual({ code: 3, message: 'field 1 ends too early' })
  })

  test('is asked to come again when the engine is overloaded', async () => {
    const ingest = (): Promise<never> =>
      Promise.reject(new OverloadError('too many spans wait for the disk', 3))
    const response = await sendTo(fakeEngine({ ingest }))
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('3')
    expect(readStatus(await response.bytes())).toEqual({
      code: 14,
      message: 'too many spans wait for the disk',
      retryDelaySeconds: 3,
    })
  })

  test('is asked to come again, and the operator told, when the engine fails', async () => {
    const engine = fakeEngine({ ingest: () => Promise.reject(new Error('ENOSPC')) })
    const { otlpHttp, log } = await serving(engine)
    const response = await fetch(`${otlpHttp}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': JSON_TYPE },
      body: '{}',
    })
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('1')
    expect(JSON.stringify(await response.json())).not.toContain('ENOSPC')
    expect(log.join()).toContain('ENOSPC')
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/grpc', 'nonsense'])(
    'of content type %s is answered 415 with a Status',
    async (type) => {
      const response = await sendTo(fakeEngine(), { type })
      expect(response.status).toBe(415)
      expect(await response.json()).toMatchObject({
        code: 3,
        message: expect.stringContaining('application/x-protobuf'),
      })
    },
  )

  test('without content type and body is answered 415', async () => {
    const { otlpHttp } = await serving(fakeEngine())
    const response = await fetch(`${otlpHttp}/v1/traces`, { method: 'POST' })
    expect(response.status).toBe(415)
  })

  test('of 100 MB is answered 413, and the next one 200', async () => {
    const engine = fakeEngine()
    const { otlpHttp } = await serving(engine)
    const headers = { 'content-type': PROTOBUF }
    const large = await fetch(`${otlpHttp}/v1/traces`, {
      method: 'POST',
      headers,
      body: new Uint8Array(100 * 2 ** 20),
    })
    expect(large.status).toBe(413)
    expect(readStatus(await large.bytes()).code).toBe(8)
    const small = await fetch(`${otlpHttp}/v1/traces`, { method: 'POST', headers, body: BODY })
    expect(small.status).toBe(200)
    expect(engine.ingested).toHaveLength(1)
  })

  test('of 100 MB that does not say so beforehand is answered 413', async () => {
    const { otlpHttp } = await serving(fakeEngine())
    const chunks = Array.from({ length: 100 }, () => new Uint8Array(2 ** 20))
    const response = await fetch(`${otlpHttp}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': PROTOBUF },
      body: ReadableStream.from(chunks),
      duplex: 'half',
    })
    expect(response.status).toBe(413)
  })

  test('that ends in the middle harms nothing', async () => {
    const engine = fakeEngine()
    const { otlpHttp } = await serving(engine)
    await new Promise<void>((resolve) => {
      const cut = request(`${otlpHttp}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': PROTOBUF, 'content-length': 1000 },
      })
      cut.on('error', () => resolve())
      cut.write(BODY, () => cut.destroy(new Error('gone')))
    })
    const next = await fetch(`${otlpHttp}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': PROTOBUF },
      body: BODY,
    })
    expect(next.status).toBe(200)
    expect(engine.ingested).toHaveLength(1)
  })
})

describe('another address or method', () => {
  test('is answered 405 with what is allowed', async () => {
    const { otlpHttp } = await serving(fakeEngine())
    const response = await fetch(`${otlpHttp}/v1/traces`)
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('POST')
  })

  test.each(['metrics', 'logs'])('for %s says how to switch the signal off', async (signal) => {
    const { otlpHttp } = await serving(fakeEngine())
    const response = await fetch(`${otlpHttp}/v1/${signal}`, {
      method: 'POST',
      headers: { 'content-type': JSON_TYPE },
      body: '{}',
    })
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({
      message: expect.stringContaining(`OTEL_${signal.toUpperCase()}_EXPORTER=none`),
    })
  })
})

describe('who may send', () => {
  test.each([undefined, 'Bearer wrong', 'Bearer secret2', 'Basic secret', 'secret'])(
    'not somebody with %s',
    async (authorization) => {
      const engine = fakeEngine()
      const response = await sendTo(engine, {
        token: 'secret',
        headers: authorization ? { authorization } : {},
      })
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toContain('Bearer')
      expect(readStatus(await response.bytes()).code).toBe(16)
      expect(engine.ingested).toEqual([])
    },
  )

  test('somebody with the token', async () => {
    expect(
      (await sendTo(fakeEngine(), { token: 'secret', headers: { authorization: 'bearer secret' } })).status,
    ).toBe(200)
  })

  test('not a web page of another site', async () => {
    const engine = fakeEngine()
    const response = await sendTo(engine, { headers: { origin: 'http://evil.example' } })
    expect(response.status).toBe(403)
    expect(engine.ingested).toEqual([])
  })
})
