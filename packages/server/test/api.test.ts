import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { fakeEngine } from './helpers/fake-engine.ts'
import { openApiOf } from './helpers/open-api.ts'
import { orderFlow, orderShapes, report } from './helpers/sample-flow.ts'
import { serving } from './helpers/serving.ts'

const flow = orderFlow()

describe('every answer is what the OpenAPI document says', () => {
  const calls: [path: string, url: string, status: number][] = [
    ['/flows', '/flows', 200],
    ['/flows', '/flows?limit=0', 400],
    ['/flows/{flowId}', `/flows/${flow.id}`, 200],
    ['/flows/{flowId}', `/flows/${flow.id.toUpperCase()}`, 200],
    ['/flows/{flowId}', `/flows/${'0'.repeat(31)}1`, 404],
    ['/flows/{flowId}', '/flows/nonsense', 400],
    ['/traces/{traceId}/flows', `/traces/${flow.id}/flows`, 200],
    ['/traces/{traceId}/flows', '/traces/nonsense/flows', 400],
    ['/messages', '/messages?id=pay-77', 200],
    ['/messages', '/messages?coordinate=kafka/orders/3/1842', 200],
    ['/messages', '/messages', 400],
    ['/messages', '/messages?id=1&coordinate=2', 400],
    ['/topology', '/topology', 200],
    ['/topology', '/topology?since=1&until=2', 200],
    ['/topology', '/topology?since=yesterday', 400],
    ['/destinations', '/destinations', 200],
    ['/shapes', '/shapes?service=shop&name=POST&limit=1&cursor=x', 200],
    ['/shapes', '/shapes?limit=0', 400],
    ['/flows', '/flows?shape=nonsense', 400],
    ['/healthz', '/healthz', 200],
    ['/openapi.json', '/openapi.json', 200],
  ]
  const { system: _s, destination: _d, groups: _g, ...counts } = report()
  const billing = { consumerGroup: 'billing', ...counts }

  test.each(calls)('%s: GET %s is %i', async (path, url, status) => {
    const { api } = await serving(
      fakeEngine({
        known: [flow],
        topology: () =>
          Promise.resolve({
            nodes: [{ id: 'service:shop', kind: 'service', name: 'shop' }],
            edges: [{ from: 'a', to: 'b', count: 1, errorCount: 0, dwellMs: { p50: 1, p90: 2.5, p99: 3 } }],
            complete: false,
            sinceUnixNano: '1',
          }),
        destinations: () =>
          Promise.resolve({
            destinations: [
              report({ oldestInFlightUnixNano: '1', reasons: { 'not-read-yet': 1 }, groups: [billing] }),
            ],
            complete: false,
            waitingTraces: 3,
          }),
        shapes: () => Promise.resolve({ origins: [orderShapes()], cursor: 'y', complete: true }),
      }),
    )
    const response = await fetch(api + url)
    const body: unknown = await response.json()
    expect(response.status, JSON.stringify(body)).toBe(status)
    ;(await openApiOf(api)).check(path, response, body)
  })

  test('metrics are Prometheus text', async () => {
    const { api } = await serving(fakeEngine())
    const response = await fetch(`${api}/metrics`)
    const body = await response.text()
    ;(await openApiOf(api)).check('/metrics', response, body)
    expect(body).toContain('flowstitch_store_spans 1\n')
    expect(body).toContain('flowstitch_store_bytes 3\n')
  })

  test('the document names every call of the contract', async () => {
    const { api } = await serving(fakeEngine())
    const { openapi, paths } = await openApiOf(api)
    expect(openapi).toBe('3.1.0')
    expect(Object.keys(paths).sort()).toEqual([
      '/destinations',
      '/flows',
      '/flows/{flowId}',
      '/healthz',
      '/live',
      '/messages',
      '/metrics',
      '/openapi.json',
      '/shapes',
      '/topology',
      '/traces/{traceId}/flows',
    ])
    const filters = paths['/flows']!.get.parameters.map(({ name }) => name)
    expect(filters).toEqual([
      'q',
      'service',
      'destination',
      'system',
      'state',
      'minDurationMs',
      'shape',
      'since',
      'until',
      'limit',
      'cursor',
    ])
  })
})

describe('the flow list', () => {
  test('hands every filter to the engine, typed', async () => {
    const engine = fakeEngine()
    const { api } = await serving(engine)
    await fetch(
      `${api}/flows?q=card&service=shop&destination=orders&system=kafka&state=failed&minDurationMs=1.5&shape=5ad1c0ffee5ad1c0&since=1763856764123456789&until=1763856764123456790&limit=7&cursor=abc`,
    )
    expect(engine.queries).toEqual([
      {
        q: 'card',
        service: 'shop',
        destination: 'orders',
        system: 'kafka',
        state: 'failed',
        minDurationMs: 1.5,
        shape: '5ad1c0ffee5ad1c0',
        since: 1763856764123456789n,
        until: 1763856764123456790n,
        limit: 7,
        cursor: 'abc',
      },
    ])
  })

  test('is fifty flows long unless asked otherwise', async () => {
    const engine = fakeEngine()
    const { api } = await serving(engine)
    await fetch(`${api}/flows`)
    expect(engine.queries).toEqual([{ limit: 50 }])
  })

  test.each([
    'limit=501',
    'limit=x',
    'state=happy',
    'since=-1',
    'minDurationMs=-1',
    'sevice=shop',
    'q=a&q=b',
  ])('answers a problem for ?%s', async (query) => {
    const engine = fakeEngine()
    const { api } = await serving(engine)
    const response = await fetch(`${api}/flows?${query}`)
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(await response.json()).toMatchObject({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: expect.any(String),
    })
    expect(engine.queries).toEqual([])
  })
})

test('a failing engine is a problem without its inside, and a line in the log', async () => {
  const { api, log } = await serving(
    fakeEngine({ destinations: () => Promise.reject(new Error('segment 7 is broken')) }),
  )
  const response = await fetch(`${api}/destinations`)
  expect(response.status).toBe(500)
  expect(JSON.stringify(await response.json())).not.toContain('segment 7')
  expect(log.join()).toContain('segment 7 is broken')
})

test('a store that can not do all of its work makes the server degraded, in its health and its metrics', async () => {
  const faults = ['store: seal: the disk is full']
  const stats = { ...fakeEngine().stats(), faults }
  const { api } = await serving(fakeEngine({ stats: () => stats }))
  expect(await (await fetch(`${api}/healthz`)).json()).toEqual({ status: 'degraded' })
  expect(await (await fetch(`${api}/metrics`)).text()).toContain('flowstitch_store_faults 1\n')
  stats.faults = []
  expect(await (await fetch(`${api}/healthz`)).json()).toEqual({ status: 'ok' })
})

test('a path that is no URL is a problem', async () => {
  const { api } = await serving(fakeEngine())
  const response = await fetch(`${api}/flows/%`)
  expect(response.status).toBe(400)
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
})

test('asking for the head of the live stream does not open one', async () => {
  const { api } = await serving(fakeEngine())
  expect((await fetch(`${api}/live`, { method: 'HEAD' })).status).toBe(404)
})

test('an unknown call is a problem', async () => {
  const { api } = await serving(fakeEngine())
  const response = await fetch(`${api}/nothing`)
  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({
    title: 'Not Found',
    detail: expect.stringContaining('/nothing'),
  })
})

describe('with a token', () => {
  test('every call needs it but the health check', async () => {
    const { api } = await serving(fakeEngine(), { token: 'secret' })
    const { paths } = await openApiOf(api, { authorization: 'Bearer secret' })
    for (const path of Object.keys(paths).filter((path) => path !== '/healthz')) {
      const response = await fetch(api + path.replace(/\{\w+\}/, flow.id))
      expect(response.status, path).toBe(401)
      expect(response.headers.get('www-authenticate')).toContain('Bearer')
    }
    expect((await fetch(`${api}/healthz`)).status).toBe(200)
    expect((await fetch(`${api}/flows`, { headers: { authorization: 'Bearer secret' } })).status).toBe(200)
    expect((await fetch(`${api}/nothing`)).status).toBe(401)
  })

  test('the page itself loads without it, so that it can ask for it', async () => {
    const { viewer } = await serving(fakeEngine(), { token: 'secret' })
    const response = await fetch(viewer)
    expect([200, 503]).toContain(response.status)
    expect(response.headers.get('content-type')).toMatch(/^text\/html/)
  })
})

describe('the name it is called by', () => {
  test.each([
    'localhost',
    'localhost:4319',
    '127.0.0.1:1',
    '127.1.2.3',
    '[::1]:4319',
    'flowstitch.localhost',
  ])('may be %s', async (host) => {
    const { api, viewer } = await serving(fakeEngine())
    expect(await statusFor(`${api}/healthz`, host)).toBe(200)
    expect(await statusFor(viewer, host)).not.toBe(403)
  })

  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1'])(
    'may not be %s on loopback',
    async (host) => {
      const { api, viewer } = await serving(fakeEngine())
      expect(await statusFor(`${api}/healthz`, host)).toBe(403)
      expect(await statusFor(`${api}/flows`, host)).toBe(403)
      expect(await statusFor(viewer, host)).toBe(403)
    },
  )

  test('may be anything where a token guards a server that others reach', async () => {
    const { api } = await serving(fakeEngine(), { host: '0.0.0.0', token: 'secret' })
    expect(await statusFor(`${api.replace('0.0.0.0', '127.0.0.1')}/healthz`, 'stitch.example')).toBe(200)
  })
})

describe('the viewer', () => {
  test('answers every page of its own with its document, and a missing asset with 404', async () => {
    const { viewer } = await serving(fakeEngine())
    const page = await fetch(`${viewer}/flows/${flow.id}`)
    expect(await page.text()).toBe(await (await fetch(viewer)).text())
    expect((await fetch(`${viewer}/assets/none.js`)).status).toBe(404)
    expect((await fetch(viewer, { method: 'POST' })).status).toBe(404)
    expect((await fetch(`${viewer}/..%2f..%2fpackage.json`)).headers.get('content-type')).not.toMatch(
      /^application\/json/,
    )
  })

  test('is sent with headers that keep other sites and other scripts out', async () => {
    const { viewer, api } = await serving(fakeEngine())
    for (const { headers } of [await fetch(viewer), await fetch(`${api}/flows`)]) {
      expect(headers.get('content-security-policy')).toContain("default-src 'self'")
      expect(headers.get('content-security-policy')).not.toContain('script-src')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-frame-options')).toBe('DENY')
    }
    expect((await fetch(`${api}/flows`)).headers.get('cache-control')).toBe('no-store')
  })
})

function statusFor(url: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (response) => resolve(response.resume().statusCode!))
      .on('error', reject)
      .end()
  })
}
