import type { DestinationReport, Topology } from '@flowstitch/correlator'
import { expect, test } from 'vitest'
import { soon, testPages } from '../src/pages.ts'

const { open, serve } = testPages()
const none = { groups: [], reasons: {}, failed: 0, retried: 0, deadLettered: 0, lost: 0, unknown: 0 }
const destinations: DestinationReport[] = [
  { system: 'kafka', destination: 'orders', sent: 12_403, processed: 12_403, inFlight: 0, ...none },
  {
    system: 'rabbitmq',
    destination: 'payments',
    sent: 90,
    processed: 70,
    inFlight: 8,
    ...none,
    deadLettered: 12,
  },
]
const topology: Topology = {
  complete: true,
  nodes: [
    { id: 'service:shop', kind: 'service', name: 'shop' },
    { id: 'kafka:orders', kind: 'destination', name: 'orders', system: 'kafka' },
    { id: 'group:fulfilment', kind: 'consumer-group', name: 'fulfilment', system: 'kafka' },
    { id: 'service:worker', kind: 'service', name: 'worker' },
  ],
  edges: [
    { from: 'service:shop', to: 'kafka:orders', count: 40, errorCount: 0 },
    {
      from: 'kafka:orders',
      to: 'group:fulfilment',
      count: 40,
      errorCount: 2,
      dwellMs: { p50: 41, p90: 120, p99: 480 },
    },
    { from: 'group:fulfilment', to: 'service:worker', count: 40, errorCount: 0 },
  ],
}

test('destinations put trouble first and lead to their flows', async () => {
  const server = await serve({ destinations })
  const { page } = await open(`${server.url}/#/destinations`)
  const rows = page.getByRole('row')
  await rows.nth(2).waitFor()
  expect(await rows.nth(1).innerText()).toMatch(/payments rabbitmq[^]*90[^]*70[^]*12/)
  await page.getByRole('button', { name: 'Sent' }).click()
  await expect.poll(() => rows.nth(1).innerText(), soon).toContain('orders')
  await page.getByRole('link', { name: 'payments rabbitmq' }).click()
  await expect.poll(() => server.queries.at(-1)?.get('destination'), soon).toBe('payments')
})

test('the map shows services, destinations and groups, with the numbers below', async () => {
  const server = await serve({ topology })
  const { page } = await open(`${server.url}/#/topology`)
  await page.getByRole('group', { name: 'Map of 4 nodes' }).waitFor()
  for (const name of ['Service shop', 'Destination orders', 'Consumer group fulfilment', 'Service worker']) {
    expect(await page.getByRole('button', { name }).count()).toBe(1)
  }
  expect(await page.locator('.react-flow__edges .route').count()).toBe(3)
  expect(await page.getByRole('row', { name: /orders fulfilment/ }).innerText()).toMatch(
    /40\s+2\s+41 ms\s+120 ms\s+480 ms/,
  )
  await page.getByRole('button', { name: 'Service worker' }).click()
  await expect.poll(() => server.queries.at(-1)?.get('service'), soon).toBe('worker')
})
