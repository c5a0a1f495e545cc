import zlib from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { fakeEngine } from './helpers/fake-engine.ts'
import { servingForReal } from './helpers/real-engine.ts'
import { serving } from './helpers/serving.ts'

const SPANS = JSON.stringify([
  {
    traceId: '463ac35c9f6413ad48485a3953bb6124',
    id: 'a2fb4a1d1a96d312',
    kind: 'SERVER',
    name: 'post /orders',
    timestamp: 1_795_392_000_000_000,
    duration: 12_000,
    localEndpoint: { serviceName: 'shop' },
  },
])

async function post(
  url: string,
  body: NonNullable<RequestInit['body']>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${url}/api/v2/spans`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
}

describe('POST /api/v2/spans', () => {
  test('takes Zipkin spans, which the API answers as flows', async () => {
    const { otlpHttp, api } = await servingForReal()
    const response = await post(otlpHttp, SPANS)
    expect(response.status).toBe(202)
    expect(await response.text()).toBe('')
    const { flows } = (await (await fetch(`${api}/flows`)).json()) as { flows: object[] }
    expect(flows).toMatchObject([{ id: '463ac35c9f6413ad48485a3953bb6124', services: ['shop'] }])
  })

  test('takes them compressed', async () => {
    const engine = fakeEngine()
    const { otlpHttp } = await serving(engine)
    const body = new Uint8Array(zlib.gzipSync(SPANS))
    expect((await post(otlpHttp, body, { 'content-encoding': 'gzip' })).status).toBe(202)
    expect(engine.ingested).toMatchObject([{ encoding: 'zipkin' }])
    expect(Buffer.from(engine.ingested[0]!.body).toString()).toBe(SPANS)
  })

  test('refuses what is no list of spans, and says why', async () => {
    const { otlpHttp } = await servingForReal()
    const response = await post(otlpHttp, '{}')
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      message: 'Not a list of Zipkin spans: the body is not a list',
    })
  })

  test('says that protobuf is not for it', async () => {
    const { otlpHttp } = await serving(fakeEngine())
    const response = await post(otlpHttp, 'x', { 'content-type': 'application/x-protobuf' })
    expect(response.status).toBe(415)
  })

  test('wants the token', async () => {
    const { otlpHttp } = await serving(fakeEngine(), { token: 'secret' })
    expect((await post(otlpHttp, SPANS)).status).toBe(401)
    expect((await post(otlpHttp, SPANS, { authorization: 'Bearer secret' })).status).toBe(202)
  })

  test('takes nothing but POST', async () => {
    const { otlpHttp } = await serving(fakeEngine())
    const response = await fetch(`${otlpHttp}/api/v2/spans`)
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
  })
})
