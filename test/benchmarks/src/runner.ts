// One variant, in a process of its own: a round on request, answered with what it cost.
import { scenarios } from './scenarios/index.ts'
import type { Variant } from './scenario.ts'
import { registerRecordingSdk } from './sdk.ts'

const ROUND_MS = 150
const variant = JSON.parse(process.argv[2] ?? '') as Variant
const load = scenarios[variant.scenario]
if (!load) throw new Error(`there is no scenario ${variant.scenario}`)
if (variant.sdk === 'recording') registerRecordingSdk()
const { prepare } = await load()
const scenario = await prepare(variant.instrumentation)

/** CPU of the main thread alone, in nanoseconds a message: neither garbage collection's threads nor waiting. */
async function round(): Promise<number> {
  const before = process.threadCpuUsage()
  const until = performance.now() + ROUND_MS
  let messages = 0
  while (performance.now() < until) {
    for (let n = 0; n < 50; n++) await scenario.run()
    messages += 50 * scenario.messages
    // Exporters and timers get their turn, as they do in a service.
    await new Promise(setImmediate)
  }
  const { user, system } = process.threadCpuUsage(before)
  return ((user + system) * 1000) / messages
}

process.on('message', () => {
  round().then(
    (nanoseconds) => process.send?.(nanoseconds),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
