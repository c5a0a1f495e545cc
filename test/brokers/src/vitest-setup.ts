import { addressesInEnvironment, putInEnvironment } from './addresses.ts'
import { startBrokers } from './start.ts'
import { runningBrokers } from './state-file.ts'
import { brokersWantedByTests } from './wanted.ts'

/**
 * Gives all tests of a run the same brokers: those of the environment, those of a running `npm run brokers`,
 * or new ones that stop with the run.
 */
export default async function startBrokersForTests(): Promise<() => Promise<void>> {
  putInEnvironment({ ...(await runningBrokers()), ...addressesInEnvironment() })
  const brokers = await startBrokers({ only: brokersWantedByTests(), log: (line) => console.log(line) })
  putInEnvironment(brokers.addresses)
  return () => brokers.stop()
}
