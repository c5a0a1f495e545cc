import { expect, test } from 'vitest'
import { soon, testPages } from '../src/pages.ts'
import { batchFlows, chainFlow, deadLetterFlow, fanOutFlow, longFlow, orderFlow } from '../src/stories.ts'

const { open, serve } = testPages()
const now = Date.now()
const order = orderFlow('order', now - 3000)

test('a flow opens by keyboard from the list, and Escape leads back', async () => {
  const server = await serve({ flows: [deadLetterFlow('newer', now - 1000), order] })
  const { page } = await open(server.url)
  await page.getByRole('row').nth(2).waitFor()
  await page.getByRole('row').nth(1).getByRole('link').focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'POST /orders' }).waitFor()
  expect(page.url()).toContain(`#/flows/${order.id}`)
  expect(await page.title()).toBe('POST /orders · Flowstitch')
  await page.getByRole('group', { name: /^Graph of/ }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('table', { name: 'Flows' }).waitFor()
})

test('every step and message is there, attempts as lanes, the message between its sender and its handlers', async () => {
  const server = await serve({ flows: [order] })
  const { page } = await open(`${server.url}/#/flows/${order.id}`)
  await page.getByRole('group', { name: 'Graph of 17 steps and 5 messages' }).waitFor()
  expect(await page.getByRole('button', { name: /^Step / }).count()).toBe(17)
  expect(await page.getByRole('button', { name: /^Message in / }).count()).toBe(5)
  const billing = page.locator('.card', { hasText: 'billing' })
  expect(await billing.innerText()).toMatch(/#1[^]*failed[^]*#2[^]*failed[^]*#3[^]*succeeded/)
  const boxes = await Promise.all(
    [/^Step send payments/, /^Message in rabbitmq payments, processed, 14 ms in queue/].map((name) =>
      page.getByRole('button', { name }).boundingBox(),
    ),
  )
  expect(boxes.every((box) => box && box.width > 0)).toBe(true)
})

test('the parts of the critical path add up to the whole', async () => {
  const server = await serve({ flows: [order] })
  const { page } = await open(`${server.url}/#/flows/${order.id}`)
  const parts = page.getByRole('group', { name: /Where the time went/ })
  await parts.waitFor()
  const text = await parts.innerText()
  const sum = [...text.matchAll(/([\d.]+) ms/g)].reduce((total, [, ms]) => total + Number(ms), 0)
  expect(sum).toBe(order.durationMs)
})

test('arrows walk along the flow, Enter opens details, Escape closes them', async () => {
  const server = await serve({ flows: [order] })
  const { page } = await open(`${server.url}/#/flows/${order.id}`)
  await page.getByRole('group', { name: /^Graph of/ }).waitFor()
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '')
  await page.keyboard.press('ArrowDown')
  expect(await focused()).toMatch(/^Step POST \/orders/)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  expect(await focused()).toMatch(/^Step send orders/)
  await page.keyboard.press('ArrowRight')
  expect(await focused()).toMatch(/^Message in kafka orders/)
  await page.keyboard.press('ArrowRight')
  expect(await focused()).toMatch(/^Step process orders/)
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('Enter')
  const details = page.getByRole('complementary', { name: 'Details' })
  await details.getByRole('heading', { name: 'orders' }).waitFor()
  await page.keyboard.press('Escape')
  await details.waitFor({ state: 'detached' })
  expect(await focused()).toMatch(/^Message in kafka orders/)
})

test('? shows the shortcuts, g and t change the view', async () => {
  const server = await serve({ flows: [order] })
  const { page } = await open(`${server.url}/#/flows/${order.id}`)
  await page.getByRole('group', { name: /^Graph of/ }).waitFor()
  await page.keyboard.press('?')
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await dialog.waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  await page.keyboard.press('t')
  await page.getByRole('treegrid').waitFor()
  expect(await page.getByRole('tab', { name: 'Timeline' }).getAttribute('aria-selected')).toBe('true')
  await page.keyboard.press('g')
  await page.getByRole('group', { name: /^Graph of/ }).waitFor()
})

test('edges tell what proves them; guesses are dotted and named in the legend', async () => {
  const flow = longFlow('long', now - 500_000_000)
  const server = await serve({ flows: [flow] })
  const { page } = await open(`${server.url}/#/flows/${flow.id}`)
  await page.getByRole('list', { name: 'What proves an edge' }).getByText('guess').waitFor()
  const kinds = await page
    .locator('.react-flow__edges .route')
    .evaluateAll((paths) => paths.map((path) => path.getAttribute('data-kind')))
  expect(new Set(kinds)).toEqual(new Set(['flow-context', 'guess', 'link', 'parent']))
  const dash = await page
    .locator('.react-flow__edges .route[data-kind="guess"]')
    .evaluate((path) => getComputedStyle(path).strokeDasharray)
  expect(dash).not.toBe('none')
})

test('a fan-out is one box until it is unfolded, failures and the critical path apart', async () => {
  const flow = fanOutFlow('fan', now - 9000, 260)
  const server = await serve({ flows: [flow] })
  const { page } = await open(`${server.url}/#/flows/${flow.id}`)
  const bundle = page.getByRole('button', { name: /^256 messages in aws_sqs export-chunks/ })
  await bundle.waitFor()
  expect(await page.getByRole('button', { name: /^Message in / }).count()).toBe(4)
  expect(await page.getByRole('button', { name: /^Step process export-chunks.*error/ }).count()).toBe(3)
  await bundle.click()
  await page.getByRole('button', { name: 'Fold alike messages' }).click({ timeout: 20_000 })
  await bundle.waitFor()
})

test('too many boxes are not drawn; the timeline is offered instead', async () => {
  const flow = chainFlow('chain', now - 20_000, 700)
  const server = await serve({ flows: [flow] })
  const { page } = await open(`${server.url}/#/flows/${flow.id}`)
  await page.getByRole('heading', { name: 'Too large for a graph' }).waitFor()
  await page.getByRole('button', { name: 'Show the timeline' }).click()
  const grid = page.getByRole('treegrid')
  await grid.waitFor()
  expect(await grid.getAttribute('aria-rowcount')).toBe('2101')
  expect(await page.getByRole('row').count()).toBeLessThan(120)
})

test('a shared step leads to the other flows that it belongs to', async () => {
  const flows = batchFlows('batch', now - 4000, 3)
  const [first, second] = flows.map(({ id }) => id)
  const server = await serve({ flows })
  const { page } = await open(`${server.url}/#/flows/${first}`)
  await page.getByRole('button', { name: /^Step process carts.*shared/ }).click()
  const details = page.getByRole('complementary', { name: 'Details' })
  await details.getByText('Shared with other flows').waitFor()
  await details.getByRole('link', { name: second }).click()
  await expect.poll(() => page.url(), soon).toContain(`/flows/${second}`)
  await page.getByRole('group', { name: /^Graph of/ }).waitFor()
})

test('a flow in motion grows on the page and stays in sight', async () => {
  const server = await serve({ flows: [{ ...deadLetterFlow('moving', now - 1000), version: 1 }] })
  const { id } = deadLetterFlow('moving', now)
  const { page } = await open(`${server.url}/#/flows/${id}`)
  await page.getByRole('group', { name: 'Graph of 7 steps and 2 messages' }).waitFor()
  await expect.poll(() => server.listeners, soon).toBe(1)
  server.push({ ...orderFlow('moving', now - 1000), version: 2 })
  await page.getByRole('group', { name: 'Graph of 17 steps and 5 messages' }).waitFor()
  const last = page.getByRole('button', { name: /^Step process audit/ })
  await expect.poll(async () => (await last.boundingBox())?.y ?? Infinity, soon).toBeLessThan(880)
})

test('an unknown flow is told', async () => {
  const server = await serve()
  const { page, forgive } = await open(`${server.url}/#/flows/0af7651916cd43dd8448eb211c80319c`)
  forgive('404')
  await expect.poll(() => page.getByText('This flow is not known here').count(), soon).toBe(1)
})
