import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Instrumentation, Sdk, Variant } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'
import { summarise, type Summary } from './statistics.ts'

/** What one message costs, in nanoseconds of the main thread's CPU. */
export interface MiddlewareRow {
  readonly scenario: string
  readonly sdk: Sdk
  readonly bare: Summary
  /** Over the bare client, round by round. */
  readonly flowstitch: Summary
  readonly official: Summary
}

const ROUNDS = 15
const WARM_UP = 4
const instrumentations: readonly Instrumentation[] = ['bare', 'flowstitch', 'official']

/** Measures every scenario bare, with Flowstitch and with the official package: in turns, round by round. */
export async function measureMiddleware(only: string, log: (line: string) => void): Promise<MiddlewareRow[]> {
  const rows: MiddlewareRow[] = []
  for (const scenario of Object.keys(scenarios).filter((name) => name.includes(only))) {
    for (const sdk of ['none', 'recording'] as const) {
      log(`${scenario}, ${sdk === 'none' ? 'no SDK' : 'recording'}`)
      rows.push(await measure(scenario, sdk))
    }
  }
  return rows
}

async function measure(scenario: string, sdk: Sdk): Promise<MiddlewareRow> {
  const children = await Promise.all(
    instrumentations.map((instrumentation) => start({ scenario, instrumentation, sdk })),
  )
  const costs: number[][] = children.map(() => [])
  for (let n = 0; n < WARM_UP + ROUNDS; n++) {
    for (const [index, child] of children.entries()) {
      const cost = await round(child)
      if (n >= WARM_UP) costs[index]?.push(cost)
    }
  }
  for (const child of children) child.disconnect()
  const [bare = [], flowstitch = [], official = []] = costs
  const over = (values: number[]): Summary => summarise(values.map((value, n) => value - (bare[n] ?? 0)))
  return { scenario, sdk, bare: summarise(bare), flowstitch: over(flowstitch), official: over(official) }
}

async function start(variant: Variant): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('runner.ts', import.meta.url)), [JSON.stringify(variant)], {
    execArgv: ['--conditions=@flowstitch/source', '--no-warnings'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await answer(child)
  return child
}

async function round(child: ChildProcess): Promise<number> {
  child.send('round')
  return Number(await answer(child))
}

async function answer(child: ChildProcess): Promise<unknown> {
  const answered = new AbortController()
  const gone = once(child, 'exit', { signal: answered.signal }).then(([code]) => {
    throw new Error(`a benchmark's process ended with ${String(code)}`)
  })
  const [message] = (await Promise.race([once(child, 'message'), gone])) as unknown[]
  gone.catch(() => {})
  answered.abort()
  return message
}
