import { brokersWantedByTests, installBrokers } from '@flowstitch/brokers/setup'
import { installBrowser } from './browser.ts'
import { buildViewer } from './viewer.ts'

const log = (line: string): void => console.error(line)

/** What a task can need before it begins; each returns at once where it stands already. */
const parts = {
  brokers: () => installBrokers(log),
  testBrokers: () => installBrokers(log, brokersWantedByTests()),
  browser: () => installBrowser(log),
  viewer: () => buildViewer(log),
}

/** Answers whether all parts stand; says why not and what to do. */
export async function prepared(...needed: (keyof typeof parts)[]): Promise<boolean> {
  try {
    for (const part of needed) await parts[part]()
    return true
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
    return false
  }
}
