// Takes the pictures of the README: node --conditions=@flowstitch/source test/viewer/src/screenshot.ts URL [FLOW_ID]
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { launchBrowser, openPage } from './browser.ts'

const images = fileURLToPath(new URL('../../../docs/images/', import.meta.url))

const [server, flowId] = process.argv.slice(2)
if (!server) {
  console.error('usage: screenshot.ts SERVER_URL [FLOW_ID]   the viewer’s address, with flows to show')
  process.exit(2)
}

await mkdir(images, { recursive: true })
const browser = await launchBrowser()
try {
  const { page } = await openPage(browser, {
    viewport: { width: 1360, height: 850 },
    deviceScaleFactor: 2,
    colorScheme: 'light',
  })
  await page.goto(server)
  await page.getByRole('row').nth(1).waitFor()
  await take(page, 'flows')
  await page.goto(`${server}/#/flows/${flowId ?? (await richestFlow(page))}`)
  await page.getByRole('group', { name: /^Graph of/ }).waitFor()
  await take(page, 'flow-graph')
  await page.keyboard.press('t')
  await page.getByRole('treegrid').waitFor()
  await take(page, 'flow-timeline')
  await page.goto(`${server}/#/shapes`)
  await page.getByRole('article').first().waitFor()
  await take(page, 'shapes')
} finally {
  await browser.close()
}

/** The flow that shows the most: with retries, through the most destinations. */
async function richestFlow(page: Page): Promise<string> {
  const response = await page.request.get(`${server}/api/v1/flows?limit=500`)
  const { flows } = (await response.json()) as {
    flows: Array<{ id: string; attemptCount: number; destinations: [] }>
  }
  const [richest] = flows.sort(
    (a, b) => b.destinations.length - a.destinations.length || b.attemptCount - a.attemptCount,
  )
  if (!richest) throw new Error(`There are no flows at ${server}.`)
  return richest.id
}

async function take(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready)
  // The graph glides into its place.
  await page.waitForTimeout(400)
  await page.screenshot({ path: `${images}${name}.png`, animations: 'disabled' })
  console.log(`docs/images/${name}.png`)
}
