import { startServer, type RunningServer } from 'flowstitch'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sendFlow } from '../src/otlp.ts'
import { testPages } from '../src/pages.ts'
import { deadLetterFlow, orderFlow } from '../src/stories.ts'

let server: RunningServer

beforeEach(async () => {
  server = await startServer({ memory: true, port: 0, otlpHttpPort: 0, otlpGrpcPort: 0 })
})
afterEach(() => server.close())
// After the server, so that they are closed before it: what they ask of a server that closes is refused.
const { open } = testPages()

test('spans that arrive become a flow on the page, from list to graph, timeline and sums', async () => {
  const { page } = await open(server.viewer)
  await page.getByText('No flows yet').waitFor()
  await page.getByRole('status', { name: 'Connection' }).getByText('Live').waitFor()

  const order = orderFlow('real order', Date.now() - 2000)
  await sendFlow(server.otlpHttp, order)
  await page
    .getByRole('row', { name: /POST \/orders/ })
    .getByRole('link')
    .click()

  await page.getByRole('group', { name: 'Graph of 17 steps and 5 messages' }).waitFor()
  expect(await page.getByRole('button', { name: /^Step / }).count()).toBe(17)
  expect(await page.locator('.card', { hasText: 'billing' }).innerText()).toMatch(/#1[^]*#2[^]*#3/)

  await page.keyboard.press('t')
  expect(await page.getByRole('row').count()).toBe(22)
  await page.getByRole('row', { name: /^Message in kafka orders, processed, 47 ms in queue/ }).click()
  await page
    .getByRole('complementary', { name: 'Details' })
    .getByRole('cell', { name: 'succeeded' })
    .waitFor()

  await page.getByRole('link', { name: 'Destinations' }).click()
  await page.getByRole('row', { name: /payments rabbitmq/ }).waitFor()
  await page.getByRole('link', { name: 'Topology' }).click()
  await page.getByRole('button', { name: 'Service billing' }).waitFor()
})

test('the list filters as the server does', async () => {
  await sendFlow(server.otlpHttp, orderFlow('fine', Date.now() - 2000))
  await sendFlow(server.otlpHttp, deadLetterFlow('bad', Date.now() - 9000))
  const { page } = await open(`${server.viewer}/#/?destination=shipping&min=1s&last=1h`)
  await page.getByRole('row', { name: /POST \/orders/ }).waitFor()
  expect(await page.getByRole('row').count()).toBe(2)
  await page.getByLabel('Search').fill('no such thing')
  await page.getByText('No flow matches').waitFor()
})
