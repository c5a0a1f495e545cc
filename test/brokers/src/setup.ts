import { addressesInEnvironment, allBrokers, type Broker } from './addresses.ts'
import { obtain } from './obtain.ts'
import { runningBrokers } from './state-file.ts'
import type { Log } from './log.ts'

export { installPackages } from './install/apt.ts'
export { findOnPath } from './install/find.ts'
export { step, type Log } from './log.ts'
export { brokersWantedByTests } from './wanted.ts'

/** Installs the brokers that are neither in the environment, nor running, nor on this machine. */
export async function installBrokers(log: Log, brokers: readonly Broker[] = allBrokers): Promise<void> {
  const running = { ...(await runningBrokers()), ...addressesInEnvironment() }
  await obtain(
    brokers.filter((broker) => !running[broker]),
    log,
  )
}
