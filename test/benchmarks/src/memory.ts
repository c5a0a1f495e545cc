import { startVariant } from './process.ts'
import { instrumentations, type Instrumentation, type Measure, type Sdk, type Variant } from './scenario.ts'
import { retaining, scenarios } from './scenarios/index.ts'
import { summarise } from './statistics.ts'

/** Bytes of the heap a message: allocated on the way, or kept at the end. */
export interface MemoryRow {
  readonly scenario: string
  readonly sdk: Sdk
  readonly measure: Measure
  readonly bytes: Readonly<Record<Instrumentation, number>>
}

const BURSTS = 3
/** Compiling, and the growing of queues, end in these. */
const WARM_UP = 8
/** So much new space that nothing is collected in a burst. */
const FLAGS = ['--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=128']

/** Measures what every scenario allocates, and what deliveries in hand keep. */
export async function measureMemory(only: string, log: (line: string) => void): Promise<MemoryRow[]> {
  const rows: MemoryRow[] = []
  const measureAll = async (names: string[], measure: Measure, sdks: readonly Sdk[]): Promise<void> => {
    for (const scenario of names.filter((name) => name.includes(only))) {
      for (const sdk of sdks) {
        log(`${scenario}, ${sdk}, ${measure}`)
        rows.push(await row(scenario, sdk, measure))
      }
    }
  }
  const passing = Object.keys(scenarios).filter((name) => !name.includes('unacked'))
  await measureAll(passing, 'bytes', ['none', 'recording'])
  await measureAll([...retaining], 'retained', ['recording'])
  return rows
}

async function row(scenario: string, sdk: Sdk, measure: Measure): Promise<MemoryRow> {
  const measured = await Promise.all(
    instrumentations.map(async (instrumentation): Promise<[Instrumentation, number]> => {
      return [instrumentation, await median({ scenario, instrumentation, sdk }, measure)]
    }),
  )
  return { scenario, sdk, measure, bytes: Object.fromEntries(measured) as MemoryRow['bytes'] }
}

async function median(variant: Variant, measure: Measure): Promise<number> {
  const running = await startVariant(variant, FLAGS)
  const rounds: number[] = []
  const warmUp = measure === 'bytes' ? WARM_UP : 1
  for (let n = 0; n < warmUp + BURSTS; n++) {
    const bytes = await running.measure(measure)
    if (n >= warmUp) rounds.push(bytes)
  }
  running.stop()
  return summarise(rounds).median
}
