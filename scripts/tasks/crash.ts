import { parseArgs } from 'node:util'
import { succeeds } from './command.ts'

const usage = 'usage: npm run crash [-- --runs COUNT] [--seed NUMBER]'

/** Kills the server with SIGKILL at random moments, again and again, and looks for what it had acknowledged. */
async function crash(): Promise<number> {
  const { values } = parseArgs({
    options: { runs: { type: 'string', default: '100' }, seed: { type: 'string', default: '' } },
  })
  const runs = Number(values.runs)
  if (!(Number.isSafeInteger(runs) && runs > 0) || !/^\d*$/.test(values.seed)) {
    console.error(usage)
    return 2
  }
  const held = await succeeds('vitest', ['run', 'packages/server/test/crash.test.ts'], {
    FLOWSTITCH_BROKERS: 'off',
    FLOWSTITCH_CRASH_RUNS: String(runs),
    FLOWSTITCH_CRASH_SEED: values.seed,
  })
  return held ? 0 : 1
}

process.exitCode = await crash()
