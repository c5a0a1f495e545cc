import { startVariant } from './process.ts'
import { instrumentations, type Instrumentation, type Sdk } from './scenario.ts'
import { retaining, scenarios } from './scenarios/index.ts'
import { summarise, type Summary } from './statistics.ts'

/** What one message costs, in nanoseconds of the main thread's CPU: over the bare client, round by round. */
export interface MiddlewareRow {
  readonly scenario: string
  readonly sdk: Sdk
  readonly cost: Readonly<Record<Instrumentation, Summary>>
}

const ROUNDS = 9
const WARM_UP = 4

/** Measures every scenario in all variants: in turns, round by round. */
export async function measureMiddleware(only: string, log: (line: string) => void): Promise<MiddlewareRow[]> {
  const rows: MiddlewareRow[] = []
  for (const scenario of Object.keys(scenarios)) {
    if (!scenario.includes(only) || retaining.has(scenario)) continue
    for (const sdk of sdksOf(scenario)) {
      log(`${scenario}, ${sdk}`)
      rows.push(await measure(scenario, sdk))
    }
  }
  return rows
}

/** What most services do. */
const ON_SDK_2 = new Set(['kafkajs send of one', 'kafkajs eachBatch of 100', 'amqplib consume and ack'])

/** Without an SDK there is nothing to be settled, however much is in hand. */
function sdksOf(scenario: string): readonly Sdk[] {
  if (scenario.includes('unacked')) return ['recording']
  const onSdk2: readonly Sdk[] = ON_SDK_2.has(scenario) ? ['SDK 2, recording', 'SDK 2, four metrics'] : []
  return ['none', 'recording', 'four metrics', 'all metrics', ...onSdk2]
}

async function measure(scenario: string, sdk: Sdk): Promise<MiddlewareRow> {
  const processes = await Promise.all(
    instrumentations.map((instrumentation) => startVariant({ scenario, instrumentation, sdk })),
  )
  const costs: number[][] = processes.map(() => [])
  for (let n = 0; n < WARM_UP + ROUNDS; n++) {
    for (const [index, variant] of processes.entries()) {
      const cost = await variant.measure('cpu')
      if (n >= WARM_UP) costs[index]?.push(cost)
    }
  }
  for (const variant of processes) variant.stop()
  const [bare = []] = costs
  const summaries = instrumentations.map((instrumentation, index): [Instrumentation, Summary] => {
    const own = costs[index] ?? []
    const over = index === 0 ? own : own.map((value, n) => value - (bare[n] ?? 0))
    return [instrumentation, summarise(over)]
  })
  return { scenario, sdk, cost: Object.fromEntries(summaries) as MiddlewareRow['cost'] }
}
