import { expect, test } from 'vitest'
import { soon, testPages } from '../src/pages.ts'
import { longFlow, orderFlow } from '../src/stories.ts'

const { open, serve } = testPages()
const now = Date.now()
const order = orderFlow('order', now - 3000)
const timeline = (url: string, id: string): string => `${url}/#/flows/${id}?view=timeline`

test('a row for every step and message, time in queues and attempts told', async () => {
  const server = await serve({ flows: [order] })
  const { page } = await open(timeline(server.url, order.id))
  await page.getByRole('treegrid').waitFor()
  expect(await page.getByRole('row').count()).toBe(22)
  const names = await page
    .getByRole('row')
    .evaluateAll((rows) => rows.map((row) => row.getAttribute('aria-label')))
  expect(names).toContain('Message in kafka orders, processed, 47 ms in queue')
  expect(names).toContain('Message in rabbitmq payments, processed, 14 ms in queue, 679 ms to retries')
  expect(names.filter((name) => name?.includes('attempt'))).toEqual([
    'Step process payments, billing, attempt 1 failed, 31 ms',
    'Step process payments, billing, attempt 2 failed, 28 ms',
    'Step process payments, billing, attempt 3 succeeded, 47 ms, critical path',
  ])
})

test('waiting is drawn hatched from send to handling, work is solid', async () => {
  const server = await serve({ flows: [order] })
  const { page } = await open(timeline(server.url, order.id))
  const message = page.getByRole('row', { name: /^Message in kafka orders/ })
  const handler = page.getByRole('row', { name: /^Step process orders/ })
  const waiting = message.locator('[data-kind="dwell"]')
  const work = handler.locator('[data-kind="work"]')
  expect(await waiting.evaluate((bar) => getComputedStyle(bar).backgroundImage)).toContain(
    'repeating-linear-gradient',
  )
  expect(await work.evaluate((bar) => getComputedStyle(bar).backgroundImage)).toBe('none')
  const [wait, run] = [await waiting.boundingBox(), await work.boundingBox()]
  expect((wait?.x ?? 0) + (wait?.width ?? 0)).toBeCloseTo(run?.x ?? 0, 0)
})

test('days without work are folded, with their length, until somebody unfolds them', async () => {
  const flow = longFlow('long', now - 500_000_000)
  const server = await serve({ flows: [flow] })
  const { page } = await open(timeline(server.url, flow.id))
  await page.getByRole('note', { name: 'Folded gap of 2 d' }).waitFor()
  await page.getByRole('note', { name: 'Folded gap of 3 d' }).waitFor()
  const bar = page.getByRole('row', { name: /^Step process reminders/ }).locator('.bar')
  expect((await bar.boundingBox())?.width).toBeGreaterThan(50)
  await page.keyboard.press('f')
  await page.getByRole('note').first().waitFor({ state: 'detached' })
  expect((await bar.boundingBox())?.width).toBeLessThan(5)
})

test('the keys of a tree: down, collapse, expand, details', async () => {
  const server = await serve({ flows: [order] })
  const { page } = await open(timeline(server.url, order.id))
  const rows = page.getByRole('row')
  await rows.first().focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowLeft')
  await expect.poll(() => rows.count(), soon).toBe(3)
  await page.keyboard.press('ArrowRight')
  await expect.poll(() => rows.count(), soon).toBe(22)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  const details = page.getByRole('complementary', { name: 'Details' })
  await details.getByRole('heading', { name: 'orders' }).waitFor()
  await page.keyboard.press('Escape')
  await details.waitFor({ state: 'detached' })
})

test('dragging over the axis looks closer, 0 shows everything again', async () => {
  const server = await serve({ flows: [order] })
  const { page } = await open(timeline(server.url, order.id))
  const bar = page.getByRole('row', { name: /^Step POST \/orders/ }).locator('.bar')
  const before = await bar.boundingBox()
  const axis = await page.locator('.axis').boundingBox()
  if (!before || !axis) throw new Error('nothing is drawn')
  await page.mouse.move(axis.x + 1, axis.y + 10)
  await page.mouse.down()
  await page.mouse.move(axis.x + axis.width / 4, axis.y + 10, { steps: 4 })
  await page.mouse.up()
  await expect.poll(async () => (await bar.boundingBox())?.width, soon).toBeGreaterThan(before.width * 3)
  await page.keyboard.press('0')
  await expect.poll(async () => (await bar.boundingBox())?.width, soon).toBeCloseTo(before.width, 0)
})

test('details of a message: ids, times, attempts with their outcome, and the way to its steps', async () => {
  const server = await serve({ flows: [order] })
  const { page } = await open(timeline(server.url, order.id), {
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  await page.getByRole('row', { name: /^Message in rabbitmq payments/ }).click()
  const details = page.getByRole('complementary', { name: 'Details' })
  await details.getByText('pay-1842', { exact: true }).waitFor()
  expect(await details.getByRole('row').allInnerTexts()).toEqual([
    expect.stringMatching(/Outcome/),
    expect.stringMatching(/1\s+failed\s+14 ms\s+31 ms\s+process payments/),
    expect.stringMatching(/2\s+failed\s+211 ms\s+28 ms\s+process payments/),
    expect.stringMatching(/3\s+succeeded\s+468 ms\s+47 ms\s+process payments/),
  ])
  await details.getByRole('button', { name: 'Copy message id' }).click()
  await details.getByRole('button', { name: 'Copied message id' }).waitFor()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('pay-1842')
  await details
    .getByRole('button', { name: /^process payments/ })
    .nth(1)
    .click()
  await details.getByText('card_declined', { exact: true }).waitFor()
  await details.getByText('#2 failed').waitFor()
})

test('the address brings view and selection back', async () => {
  const server = await serve({ flows: [order] })
  const { page } = await open(timeline(server.url, order.id))
  await page.getByRole('row', { name: /^Step render label/ }).click()
  await page.getByRole('complementary', { name: 'Details' }).waitFor()
  const { page: copy } = await open(page.url())
  await copy
    .getByRole('complementary', { name: 'Details' })
    .getByRole('heading', { name: 'render label' })
    .waitFor()
  expect(await copy.getByRole('row', { name: /^Step render label/, selected: true }).count()).toBe(1)
})
