import { existsSync } from 'node:fs'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'

const EXECUTABLE = process.env['FLOWSTITCH_CHROMIUM'] ?? '/usr/bin/chromium'

/** Debian's Chromium; quiet on the network. */
export async function launchBrowser(): Promise<Browser> {
  if (!existsSync(EXECUTABLE)) {
    throw new Error(
      `There is no Chromium at ${EXECUTABLE}. Install it (apt-get install chromium) or set FLOWSTITCH_CHROMIUM.`,
    )
  }
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** A page and what went wrong on it. */
export interface WatchedPage {
  page: Page
  /** Console errors and warnings, uncaught errors, and requests that left this machine. */
  complaints: () => string[]
  /** Lets complaints pass that contain this text: the test itself provokes them. */
  forgive: (text: string) => void
}

export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const heard: string[] = []
  const forgiven: string[] = []
  page.on('pageerror', (error) => heard.push(`uncaught: ${error.message}`))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) heard.push(`${message.type()}: ${message.text()}`)
  })
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url())
    if (protocol.startsWith('http') && hostname !== '127.0.0.1') heard.push(`request to ${request.url()}`)
  })
  return {
    page,
    complaints: () => heard.filter((complaint) => !forgiven.some((text) => complaint.includes(text))),
    forgive: (text) => forgiven.push(text),
  }
}
