import { expect, test } from 'vitest'
import { soon, testPages } from '../src/pages.ts'
import { deadLetterFlow, orderFlow } from '../src/stories.ts'

const { open, serve } = testPages()
const now = Date.now()
const orders = (count: number) =>
  Array.from({ length: count }, (_, n) => orderFlow(`order ${n}`, now - 60_000 - n * 1000))

test('flows stand in the list with their state, services, destinations and counts', async () => {
  const server = await serve({ flows: [orderFlow('one', now - 2000), deadLetterFlow('two', now - 5000)] })
  const { page } = await open(server.url)
  const row = page.getByRole('row', { name: /failed POST \/orders/ })
  await row.waitFor()
  expect(await row.innerText()).toMatch(
    /failed[^]*POST \/orders[^]*shop[^]*billing[^]*orders · payments[^]*842 ms[^]*2[^]*4[^]*3/,
  )
  expect(await page.getByRole('table', { name: 'Flows' }).getAttribute('aria-rowcount')).toBe('3')
})

test('a new flow appears by itself, and a known one changes where it stands', async () => {
  const server = await serve({ flows: orders(3) })
  const { page } = await open(server.url)
  await page.getByRole('status', { name: 'Connection' }).getByText('Live').waitFor()
  await page.getByRole('row').nth(3).waitFor()
  server.push(deadLetterFlow('new', now))
  await page.getByRole('row', { name: /failed/ }).waitFor()
  expect(await page.getByRole('row').nth(1).innerText()).toContain('failed')
  server.push({ ...orders(1)[0]!, state: 'stalled', version: 2 })
  await expect.poll(() => page.getByRole('row').nth(2).innerText(), soon).toContain('stalled')
})

test('nothing moves under the pointer: new flows wait until they are asked for', async () => {
  const server = await serve({ flows: orders(5) })
  const { page } = await open(server.url)
  await page.getByRole('row').nth(2).hover()
  server.push(deadLetterFlow('new', now))
  const held = page.getByRole('button', { name: /1 new flow/ })
  await held.waitFor()
  expect(await page.getByRole('row', { name: /failed/ }).count()).toBe(0)
  await held.click()
  await page.getByRole('row', { name: /failed/ }).waitFor()
})

test('filters go to the server and into the address, and stay there', async () => {
  const server = await serve({ flows: [...orders(2), deadLetterFlow('dead', now)] })
  const { page } = await open(server.url)
  await page.getByRole('button', { name: 'failed' }).click()
  await page.getByLabel('Minimum duration').fill('0.5s')
  await page.getByLabel('Search').fill('card_declined')
  await expect
    .poll(() => Object.fromEntries(server.queries.at(-1) ?? []), soon)
    .toMatchObject({ q: 'card_declined', state: 'failed', minDurationMs: '500' })
  await expect.poll(() => page.url(), soon).toContain('q=card_declined')
  await page.reload()
  await page.getByRole('row', { name: /failed POST/ }).waitFor()
  expect(await page.getByLabel('Search').inputValue()).toBe('card_declined')
  expect(await page.getByRole('row').count()).toBe(2)
  await page.getByRole('button', { name: 'Clear' }).click()
  await page.getByRole('row').nth(3).waitFor()
})

test('a changed flow that the filters keep out stays out', async () => {
  const server = await serve({ flows: orders(1) })
  const { page } = await open(`${server.url}/#/?state=failed`)
  await page.getByText('No flow matches').waitFor()
  await expect.poll(() => server.listeners, soon).toBe(1)
  server.push(orderFlow('quiet', now))
  server.push(deadLetterFlow('dead', now - 1000))
  await page.getByRole('row', { name: /failed POST/ }).waitFor()
  expect(await page.getByRole('row').count()).toBe(2)
})

test('a long list is read in pages and drawn in part', async () => {
  const server = await serve({ flows: orders(450) })
  const { page } = await open(server.url)
  const table = page.getByRole('table', { name: 'Flows' })
  await table.waitFor()
  expect(await page.getByRole('row').count()).toBeLessThan(80)
  for (const rows of ['201', '301', '401', '451']) {
    await table.evaluate((element) => element.scrollTo(0, element.scrollHeight))
    await expect.poll(() => table.getAttribute('aria-rowcount'), soon).toBe(rows)
  }
  expect(await page.getByRole('row').count()).toBeLessThan(80)
})

test('an empty list says how to send spans', async () => {
  const server = await serve()
  const { page } = await open(server.url)
  await page.getByText('No flows yet').waitFor()
  expect(await page.locator('pre').innerText()).toContain('OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318')
})

test('a lost connection is told, and what was missed is there when it is back', async () => {
  const server = await serve({ flows: orders(1) })
  const { page, forgive } = await open(server.url)
  forgive('ERR_INCOMPLETE_CHUNKED_ENCODING')
  const connection = page.getByRole('status', { name: 'Connection' })
  await connection.getByText('Live').waitFor()
  await page.getByRole('row').nth(1).waitFor()
  server.dropStreams()
  await connection.getByText(/Disconnected/).waitFor()
  server.push(deadLetterFlow('missed', now))
  await connection.getByText('Live').waitFor()
  await expect.poll(() => page.getByRole('row', { name: /failed/ }).count(), soon).toBe(1)
})

test('a server that is gone is told, with a way to try again', async () => {
  const server = await serve({ flows: orders(1) })
  const { page, forgive } = await open('about:blank')
  forgive('net::ERR_FAILED')
  await page.route('**/api/v1/flows**', (route) => route.abort())
  await page.goto(server.url)
  await page.getByRole('alert').getByText('The server does not answer.').waitFor()
  await page.unroute('**/api/v1/flows**')
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect.poll(() => page.getByRole('row', { name: /POST/ }).count(), soon).toBe(1)
})

test('a server with a token asks for it once', async () => {
  const server = await serve({ flows: orders(1), token: 'open sesame' })
  const { page, forgive } = await open(server.url)
  forgive('401')
  const dialog = page.getByRole('dialog', { name: 'This server wants a token' })
  await dialog.getByLabel('Token').fill('wrong')
  await dialog.getByRole('button', { name: 'Continue' }).click()
  await dialog.getByText('The server refused the token.').waitFor()
  await dialog.getByLabel('Token').fill('open sesame')
  await dialog.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('row', { name: /POST/ }).waitFor()
  await page.getByRole('status', { name: 'Connection' }).getByText('Live').waitFor()
  expect(await dialog.isVisible()).toBe(false)
  await page.reload()
  await page.getByRole('row', { name: /POST/ }).waitFor()
})

test('the theme follows the system until somebody chooses, and the choice is remembered', async () => {
  const server = await serve()
  const { page } = await open(server.url, { colorScheme: 'dark' })
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const dark = await background()
  await page.emulateMedia({ colorScheme: 'light' })
  const light = await background()
  expect(light).not.toBe(dark)
  await page.getByRole('button', { name: 'Theme: system' }).click()
  await page.getByRole('button', { name: 'Theme: light' }).click()
  await page.getByRole('button', { name: 'Theme: dark' }).waitFor()
  expect(await background()).toBe(dark)
  await page.reload()
  await page.getByRole('button', { name: 'Theme: dark' }).waitFor()
  expect(await background()).toBe(dark)
})
