import { parseArgs } from 'node:util'
import { allBrokers, isComplete, variableOf, type BrokerAddresses } from './addresses.ts'
import { startBrokers } from './start.ts'
import { announceBrokers } from './state-file.ts'

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
  const told = untilTold()
  const brokers = await startBrokers({ log: (line) => console.error(line) })
  const forget = isComplete(brokers.addresses) ? await announceBrokers(brokers.addresses) : async () => {}
  print(brokers.addresses, values.json)
  console.error('The brokers run until Ctrl-C; `npm test` uses them meanwhile.')
  await told
  await forget()
  await brokers.stop()
}

function print(addresses: BrokerAddresses, json: boolean): void {
  if (json) console.log(JSON.stringify(addresses))
  else for (const broker of allBrokers) console.log(`export ${variableOf(broker)}=${addresses[broker]}`)
}

/** Ctrl-C can arrive twice, from the terminal and from npm; the second must not cut the stopping short. */
function untilTold(): Promise<void> {
  const alive = setInterval(() => {}, 2 ** 30)
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => {
        clearInterval(alive)
        resolve()
      })
    }
  })
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
