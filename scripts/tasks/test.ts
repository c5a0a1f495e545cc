import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { succeeds } from './command.ts'
import type { Counts } from './count-reporter.ts'
import { prepared } from './prepare.ts'

const nothing: Counts = { passed: 0, failed: 0, skipped: 0 }

/** Runs Vitest; answers what it counted, with a failure outside the tests counted as one of them. */
async function runTests(args: readonly string[]): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'flowstitch-test-'))
  const file = join(folder, 'counts.json')
  const reporter = fileURLToPath(new URL('count-reporter.ts', import.meta.url))
  const green = await succeeds('vitest', ['run', '--reporter=default', `--reporter=${reporter}`, ...args], {
    FLOWSTITCH_TEST_COUNTS: file,
  })
  const counts = readCounts(file)
  rmSync(folder, { recursive: true })
  const good = counts.failed > 0 || (green && counts.passed > 0)
  return good ? counts : { ...counts, failed: 1 }
}

/** A run that broke down before its end leaves none. */
function readCounts(file: string): Counts {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Counts
  } catch {
    return nothing
  }
}

const viewer = await prepared('viewer')
const ready = await prepared('testBrokers', 'browser')
const counts = ready ? await runTests(process.argv.slice(2)) : { ...nothing, failed: 1 }
const failed = counts.failed + (viewer ? 0 : 1)
console.log(`${counts.passed} passed, ${failed} failed${counts.skipped ? `, ${counts.skipped} skipped` : ''}`)
process.exitCode = failed === 0 ? 0 : 1
