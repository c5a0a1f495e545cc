import { expect, test } from 'vitest'
import { openApiOf } from './helpers/open-api.ts'
import { orderRequest } from './helpers/otlp.ts'
import { servingForReal } from './helpers/real-engine.ts'

test('what the engine says of an order is what the OpenAPI document says, in every answer', async () => {
  const { api, otlpHttp } = await servingForReal()
  const { protobuf, traceId, spanCount } = orderRequest()
  const headers = { 'content-type': 'application/x-protobuf' }
  await fetch(`${otlpHttp}/v1/traces`, { method: 'POST', headers, body: new Uint8Array(protobuf) })
  const document = await openApiOf(api)

  async function answer<Answer>(path: string, url: string): Promise<Answer> {
    const response = await fetch(api + url)
    const body: unknown = await response.json()
    expect(response.status).toBe(200)
    document.check(path, response, body)
    return body as Answer
  }

  const flow = await answer<{ stepCount: number; attemptCount: number }>(
    '/flows/{flowId}',
    `/flows/${traceId}`,
  )
  expect(flow).toMatchObject({
    stepCount: spanCount,
    messageCount: 1,
    attemptCount: 2,
    services: ['shop', 'worker'],
  })
  const filters = `service=worker&destination=orders&system=kafka&minDurationMs=1000&q=POST&since=1&until=${Date.now()}000000`
  for (const [path, url] of [
    ['/flows', `/flows?${filters}`],
    ['/traces/{traceId}/flows', `/traces/${traceId}/flows`],
  ] as const) {
    expect(await answer(path, url)).toMatchObject({ flows: [{ id: traceId, attemptCount: 2 }] })
  }
  const { messages } = await answer<{ messages: object[] }>(
    '/messages',
    '/messages?coordinate=kafka/orders/3/1842',
  )
  expect(messages).toMatchObject([
    { flowIds: [traceId], attempts: [{ outcome: 'failed' }, { outcome: 'succeeded' }] },
  ])
  const { nodes } = await answer<{ nodes: { kind: string; name: string }[] }>('/topology', '/topology')
  expect(nodes.map(({ name }) => name)).toEqual(expect.arrayContaining(['shop', 'orders', 'worker']))
  const { destinations } = await answer<{ destinations: object[] }>('/destinations', '/destinations')
  expect(destinations).toMatchObject([
    { system: 'kafka', destination: 'orders', sent: 1, processed: 1, retried: 1 },
  ])
})
