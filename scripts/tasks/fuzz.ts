import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { succeeds } from './command.ts'

const usage = 'usage: npm run fuzz [-- --runs COUNT] [--seed NUMBER] [test files]'

interface Fuzzing {
  readonly runs: number
  readonly seed: number
  readonly files: readonly string[]
}

function fuzzingIn(args: string[]): Fuzzing {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { runs: { type: 'string', default: '100000' }, seed: { type: 'string' } },
  })
  const runs = Number(values.runs)
  const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed)
  if (!(Number.isSafeInteger(runs) && runs > 0)) throw new Error('--runs takes a whole number above 0')
  if (!Number.isSafeInteger(seed)) throw new Error('--seed takes a whole number')
  return { runs, seed, files: positionals.length > 0 ? positionals : ['fuzz.test.ts'] }
}

/** Holds the properties of what reads messages against many more values than `npm test` does. */
async function fuzz(): Promise<number> {
  let fuzzing: Fuzzing
  try {
    fuzzing = fuzzingIn(process.argv.slice(2))
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`)
    return 2
  }
  const { runs, seed, files } = fuzzing
  const started = performance.now()
  const held = await succeeds('vitest', ['run', '--testTimeout=0', ...files], {
    FLOWSTITCH_BROKERS: 'off',
    FLOWSTITCH_FUZZ_RUNS: String(runs),
    FLOWSTITCH_FUZZ_SEED: String(seed),
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  console.log(`${held ? 'Held' : 'BROKEN'}: ${runs} runs a property, seed ${seed}, ${seconds} s`)
  return held ? 0 : 1
}

process.exitCode = await fuzz()
