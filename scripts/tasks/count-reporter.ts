import { writeFileSync } from 'node:fs'
import type { Reporter, SerializedError, TestModule } from 'vitest/node'

export interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** Leaves the counts of a run in a file, so that the line about them can come after all else. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const counts: Counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
    for (const module of modules) count(module, counts)
    const file = process.env['FLOWSTITCH_TEST_COUNTS']
    if (file) writeFileSync(file, JSON.stringify(counts))
  }
}

/** A file that does not load, or a hook that fails around its tests, counts as a failed test. */
function count(module: TestModule, counts: Counts): void {
  counts.failed += module.errors().length
  for (const suite of module.children.allSuites()) counts.failed += suite.errors().length
  for (const test of module.children.allTests()) {
    const { state } = test.result()
    counts[state === 'passed' || state === 'failed' ? state : 'skipped'] += 1
  }
}
