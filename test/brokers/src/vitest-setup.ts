import { addressesInEnvironment, allBrokers, putInEnvironment, type Broker } from './addresses.ts'
import { startBrokers } from './start.ts'
import { runningBrokers } from './state-file.ts'

/**
 * Gives all tests of a run the same brokers: those of the environment, those of a running `npm run brokers`,
 * or new ones that stop with the run. `FLOWSTITCH_BROKERS` starts fewer: `off` for tests that need none, or
 * names such as `kafka,redis`.
 */
export default async function startBrokersForTests(): Promise<() => Promise<void>> {
  putInEnvironment({ ...(await runningBrokers()), ...addressesInEnvironment() })
  const brokers = await startBrokers({ only: wanted(), log: (line) => console.log(line) })
  putInEnvironment(brokers.addresses)
  return () => brokers.stop()
}

function wanted(): readonly Broker[] {
  const names = process.env['FLOWSTITCH_BROKERS']
  if (!names) return allBrokers
  if (names === 'off') return []
  const unknown = names.split(',').filter((name) => !allBrokers.includes(name as Broker))
  if (unknown.length === 0) return names.split(',') as Broker[]
  throw new Error(
    `FLOWSTITCH_BROKERS: ${unknown.join(', ')} unknown; it takes off or a list of ${allBrokers.join(', ')}`,
  )
}
