import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { launchBrowser, openPage, type WatchedPage } from './browser.ts'
import { builtViewer } from './built-viewer.ts'
import { FixtureServer, type FixtureOptions } from './fixture-server.ts'

export interface TestPages {
  /** Opens a page of its own; after the test nothing may have gone wrong on it. */
  open: (url: string, options?: BrowserContextOptions) => Promise<WatchedPage>
  /** Starts a fixture server that ends with the test. */
  serve: (options?: Omit<FixtureOptions, 'viewer'>) => Promise<FixtureServer>
}

/** One browser for the tests of a file, and for each test its own pages and servers. */
export function testPages(): TestPages {
  let browser: Browser
  let viewer: string
  const opened: WatchedPage[] = []
  const servers: FixtureServer[] = []

  beforeAll(async () => {
    viewer = await builtViewer()
    browser = await launchBrowser()
  }, 120_000)
  afterEach(async () => {
    const pages = opened.splice(0)
    await Promise.all(pages.map(({ page }) => page.context().close()))
    await Promise.all(servers.splice(0).map((server) => server.close()))
    expect(pages.flatMap(({ complaints }) => complaints())).toEqual([])
  })
  afterAll(() => browser?.close())

  return {
    async open(url, options) {
      const watched = await openPage(browser, options)
      opened.push(watched)
      await watched.page.goto(url)
      return watched
    },
    async serve(options = {}) {
      const server = await FixtureServer.start({ viewer, ...options })
      servers.push(server)
      return server
    },
  }
}

/** How long `expect.poll` waits for what it expects: a busy machine takes its time. */
export const soon = { timeout: 15_000 }
