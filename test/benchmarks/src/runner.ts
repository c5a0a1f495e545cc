// One variant, in a process of its own: measures what it is asked for, and answers.
import { setImmediate as turn } from 'node:timers/promises'
import { scenarios } from './scenarios/index.ts'
import type { Measure, Scenario, Variant } from './scenario.ts'
import { registerMetricsSdk, registerRecordingSdk } from './sdk.ts'

const ROUND_MS = 100
const BURST = 2000
const RETAINED = 10_000
const BETWEEN_TURNS = 50

const variant = JSON.parse(process.argv[2] ?? '') as Variant
const load = scenarios[variant.scenario]
if (!load) throw new Error(`there is no scenario ${variant.scenario}`)
const metrics = variant.sdk === 'all metrics' ? 'all' : 'standard'
if (variant.sdk.endsWith('metrics')) registerMetricsSdk()
const flush = variant.sdk === 'none' ? async () => {} : registerRecordingSdk()
const { prepare } = await load()
const scenario = await prepare(variant.instrumentation, { metrics })

/** CPU of the main thread alone, in nanoseconds a message: neither garbage collection's threads nor waiting. */
async function cpu({ ready, run, messages }: Scenario): Promise<number> {
  let before = process.threadCpuUsage()
  const until = performance.now() + ROUND_MS
  let runs = 0
  let used = 0
  while (performance.now() < until) {
    if (ready) {
      ready(BETWEEN_TURNS)
      before = process.threadCpuUsage()
    }
    for (let n = 0; n < BETWEEN_TURNS; n++) await run()
    runs += BETWEEN_TURNS
    if (ready) used += micros(process.threadCpuUsage(before))
    // Exporters and timers get their turn, as they do in a service.
    await turn()
  }
  if (!ready) used = micros(process.threadCpuUsage(before))
  return (used * 1000) / (runs * messages)
}

function micros({ user, system }: NodeJS.CpuUsage): number {
  return user + system
}

/** Bytes allocated a message: what the heap grows by while nothing is collected. */
async function bytes({ run, messages }: Scenario): Promise<number> {
  await flush()
  globalThis.gc?.()
  const runs = Math.ceil(BURST / messages)
  const before = process.memoryUsage().heapUsed
  for (let n = 0; n < runs; n++) await run()
  return (process.memoryUsage().heapUsed - before) / (runs * messages)
}

/** Bytes kept a message, once everything is exported and collected. */
async function retained({ run, messages }: Scenario): Promise<number> {
  const used = async (): Promise<number> => {
    await flush()
    await turn()
    globalThis.gc?.()
    return process.memoryUsage().heapUsed
  }
  const before = await used()
  for (let n = 0; n < RETAINED; n += BETWEEN_TURNS) {
    for (let m = 0; m < BETWEEN_TURNS; m++) await run()
    await turn()
  }
  return ((await used()) - before) / (RETAINED * messages)
}

const measures: Readonly<Record<Measure, (scenario: Scenario) => Promise<number>>> = { cpu, bytes, retained }

process.on('message', (measure: Measure) => {
  measures[measure](scenario).then(
    (value) => process.send?.(value),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
