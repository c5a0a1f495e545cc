import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addressesInEnvironment, allBrokers, type Broker, type BrokerAddresses } from './addresses.ts'
import { definitions } from './definitions.ts'
import { step, type Log } from './log.ts'
import { obtain } from './obtain.ts'
import { startBroker, type StartedBroker } from './started.ts'

export interface StartOptions {
  /** The brokers that are needed; all five if absent. */
  only?: readonly Broker[]
  /** Takes lines that say what is started and installed. */
  log?: Log
  /** Start own brokers even where the environment gives an address, as a test that kills one must: they are durable. */
  own?: boolean
}

export interface Brokers {
  /** Addresses of the brokers that were asked for. */
  readonly addresses: BrokerAddresses
  /** Handles of the brokers that were started here; those of the environment cannot be controlled. */
  readonly started: Partial<Record<Broker, StartedBroker>>
  /** Where the brokers that were started here, if any, keep their data and logs until they stop. */
  readonly directory?: string
  /** Ends every process and removes the data. */
  stop(): Promise<void>
}

/**
 * Makes brokers available on loopback, each from the environment, or started from what is on the machine, or
 * installed first. Those that are started end with this process, however it ends.
 *
 * @throws Error that says which broker failed and what to do.
 */
export async function startBrokers({
  only = allBrokers,
  log = () => {},
  own = false,
}: StartOptions = {}): Promise<Brokers> {
  const addresses = own ? {} : pick(addressesInEnvironment(), only)
  const wanted = only.filter((broker) => !addresses[broker])
  if (wanted.length === 0)
    return { addresses: addresses as BrokerAddresses, started: {}, stop: async () => {} }
  const runnables = await obtain(wanted, log)
  const directory = await mkdtemp(join(tmpdir(), 'flowstitch-brokers-'))
  const started: Partial<Record<Broker, StartedBroker>> = {}
  const stop = async (): Promise<void> => {
    await Promise.all(Object.values(started).map((broker) => broker.stop()))
    await rm(directory, { recursive: true, force: true })
  }
  const starts = [...runnables].map(async ([broker, runnable]) => {
    const { title } = definitions[broker]
    await step(log, `Starting ${title}`, async () => {
      started[broker] = await startBroker(title, runnable, directory, own)
    })
    addresses[broker] = started[broker]!.address
  })
  const failed = (await Promise.allSettled(starts)).find((outcome) => outcome.status === 'rejected')
  if (failed) {
    await stop()
    throw failed.reason
  }
  return { addresses: addresses as BrokerAddresses, started, directory, stop }
}

function pick(addresses: Partial<BrokerAddresses>, brokers: readonly Broker[]): Partial<BrokerAddresses> {
  return Object.fromEntries(
    Object.entries(addresses).filter(([broker]) => brokers.includes(broker as Broker)),
  )
}
