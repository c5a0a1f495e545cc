import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { allBrokers, isComplete, variableOf } from './addresses.ts'
import { startBrokers } from './start.ts'
import { announceBrokers } from './state-file.ts'

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
})

const log = (line: string) => console.error(line)

async function main(): Promise<void> {
  const ended = Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)))
  const brokers = await startBrokers({ log })
  const { addresses } = brokers
  const forget = isComplete(addresses) ? await announceBrokers(addresses) : async () => {}
  if (values.json) console.log(JSON.stringify(addresses))
  else for (const broker of allBrokers) console.log(`export ${variableOf(broker)}=${addresses[broker]}`)
  log('The brokers run until Ctrl-C; `npm test` and `npm run demo` use them.')
  const alive = setInterval(() => {}, 2 ** 30)
  await ended
  clearInterval(alive)
  await forget()
  await brokers.stop()
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
