import type { Flow, OriginReport, ShapeReport } from '@flowstitch/correlator'
import { expect, test } from 'vitest'
import { testPages } from '../src/pages.ts'
import { orderFlow } from '../src/stories.ts'

const { open, serve } = testPages()
const now = Date.now()
const post = { service: 'shop', kind: 'server', name: 'POST /orders', after: [] }
const send = { service: 'shop', kind: 'send', name: 'orders', system: 'kafka', after: [0] }
const mail = { service: 'mailer', kind: 'process', name: 'orders', system: 'kafka', consumerGroup: 'mail' }

const common = orderFlow('common', now - 60_000)
const odd: Flow = withMissing(orderFlow('odd', now - 120_000))
const shapes: OriginReport[] = [
  {
    service: 'shop',
    name: 'POST /orders',
    flows: 1204,
    shapes: [
      shape(common.shape, 1200, [post, send, { ...mail, after: [1] }]),
      { ...shape(odd.shape, 1, [post, send]), rare: true },
    ],
    otherFlows: 3,
  },
]

test('shapes say what flows do and how often, and lead to their flows', async () => {
  const server = await serve({ flows: [common, odd], shapes })
  const { page } = await open(`${server.url}/#/shapes`)
  const origin = page.getByRole('region', { name: 'POST /orders in shop' })
  expect(await origin.getByRole('article').first().innerText()).toMatch(
    /100 %[^]*1,200 flows[^]*p50 407 ms · p99 730 ms[^]*shop POST[^]*shop send orders[^]*mailer process orders/,
  )
  expect(await origin.innerText()).toContain('3 flows of other shapes')
  const rare = origin.getByRole('article').nth(1)
  expect(await rare.innerText()).toMatch(/<1 %[^]*1 flow[^]*rare/)
  await rare.getByRole('link').click()
  await page.getByText(`shape ${odd.shape}`).waitFor()
  await page.getByRole('row', { name: /1 step missing/ }).waitFor()
  expect(await page.getByRole('row').count()).toBe(2)
  await page.getByTitle('Of all shapes again').click()
  await page.getByRole('row').nth(2).waitFor()
})

test('a list marks flows of rare shapes, and those that lack something', async () => {
  const server = await serve({ flows: [common, odd], shapes })
  const { page } = await open(server.url)
  await page.getByRole('row', { name: /POST \/orders ?1 step missing ?rare/ }).waitFor()
  expect(await page.getByRole('row', { name: /rare/ }).count()).toBe(1)
})

test('a flow says how rare it is, what is missing, and after which step it should have come', async () => {
  const server = await serve({ flows: [odd], shapes })
  const { page } = await open(`${server.url}/#/flows/${odd.id}`)
  await page.getByRole('link', { name: '1 of 1,204 flows' }).waitFor()
  const missing = page.getByRole('list', { name: 'Missing steps' })
  expect(await missing.innerText()).toMatch(
    /missing mailer process orders kafka for mail normally comes \(1,198 of 1,200 flows\) after 12 ms, p99 35 ms; overdue since 2 m ago/,
  )
  await missing.getByRole('button').click()
  await page.getByRole('complementary', { name: 'Details' }).getByText('send orders').first().waitFor()
})

function shape(id: string, flows: number, steps: ShapeReport['steps']): ShapeReport {
  const times = { p50: 407, p90: 512, p99: 730 }
  return {
    id,
    flows,
    failed: 0,
    truncated: 0,
    rare: false,
    durationMs: times,
    stepCount: { p50: 24, p90: 24, p99: 24 },
    steps,
    newestFlowIds: [],
  }
}

function withMissing(flow: Flow): Flow {
  const after = flow.steps.find(({ operation }) => operation === 'send')!
  const { traceId, spanId } = after
  return {
    ...flow,
    shape: '0dd0dd0dd0dd0dd0',
    shapeFrequency: { flows: 1, ofFlows: 1204, rare: true },
    missingCount: 1,
    missing: [
      {
        ...mail,
        after: { traceId, spanId },
        flows: 1198,
        ofFlows: 1200,
        usualMs: { p50: 12, p99: 35 },
        overdueSinceUnixNano: `${BigInt(now - 121_000) * 1_000_000n}`,
      },
    ],
  }
}
