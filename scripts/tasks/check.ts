import { succeeds } from './command.ts'
import { prepared } from './prepare.ts'

const needsNoBroker = { FLOWSTITCH_BROKERS: 'off' }

const checks: readonly [what: string, run: () => Promise<boolean>][] = [
  ['format', () => succeeds('oxfmt', ['--check'])],
  ['types', () => succeeds('tsc', ['-b', 'tsconfig.json', 'packages/viewer', 'test/viewer'])],
  ['lint', () => succeeds('oxlint', ['--type-aware'])],
  ['viewer', () => prepared('viewer')],
  ['unused', () => succeeds('knip', ['--no-progress', '--no-config-hints'])],
  [
    'architecture and packaging',
    () => succeeds('vitest', ['run', 'test/architecture', 'test/packaging'], needsNoBroker),
  ],
]

const failed: string[] = []
for (const [what, run] of checks) {
  const started = performance.now()
  const good = await run()
  console.log(`${good ? 'ok' : 'FAILED'}  ${what} (${((performance.now() - started) / 1000).toFixed(1)} s)`)
  if (!good) failed.push(what)
}
console.log(failed.length === 0 ? 'All checks passed.' : `Failed: ${failed.join(', ')}.`)
process.exitCode = failed.length === 0 ? 0 : 1
