import { expect, test } from 'vitest'
import { createClient } from '../src/index.ts'
import { openApiOf } from './helpers/open-api.ts'
import { servingForReal } from './helpers/real-engine.ts'
import { ordersRequest, takenOrder } from './helpers/shop.ts'

test('an order that one of three consumers has not got says which one, and since when', async () => {
  const { api, viewer, otlpHttp } = await servingForReal()
  const start = Date.now() - 600_000
  const normal = Array.from({ length: 60 }, (_, number) => takenOrder(start + number * 100))
  const odd = takenOrder(start + 10_000, ['billing', 'stock'])
  const response = await fetch(`${otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: ordersRequest([...normal, odd]),
  })
  expect(response.status).toBe(200)

  const client = createClient(viewer)
  const { origins, complete } = await client.shapes()
  expect(complete).toBe(true)
  expect(origins).toMatchObject([
    { service: 'shop', name: 'POST /orders', flows: 61, shapes: [{ flows: 60 }, { flows: 1 }] },
  ])

  const document = await openApiOf(api)
  const answer = await fetch(`${api}/flows/${odd.traceId}`)
  const flow: unknown = await answer.json()
  document.check('/flows/{flowId}', answer, flow)
  expect(flow).toMatchObject({
    shape: origins[0]!.shapes[1]!.id,
    shapeFrequency: { flows: 1, ofFlows: 61 },
    missing: [{ service: 'mailer', kind: 'process', name: 'orders', flows: 60, ofFlows: 61 }],
  })
  const [{ overdueSinceUnixNano }] = (flow as { missing: [{ overdueSinceUnixNano: string }] }).missing
  const due = odd.takenMs + 20
  expect(Math.abs(Number(BigInt(overdueSinceUnixNano) / 1_000_000n) - due)).toBeLessThanOrEqual(1)

  const listed = await client.flows({ shape: origins[0]!.shapes[1]!.id })
  expect(listed.flows).toMatchObject([{ id: odd.traceId, missingCount: 1 }])
  expect((await client.flow(normal[3]!.traceId))!.missing).toBeUndefined()
  expect((await client.shapes({ service: 'nobody' })).origins).toEqual([])
})
