import { once } from 'node:events'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { isComplete, type BrokerAddresses } from './addresses.ts'
import { inCache } from './install/cache.ts'

const note = inCache('brokers.json')

interface State {
  readonly pid: number
  readonly addresses: BrokerAddresses
}

/** Leaves a note for test runs that these brokers may be used; returns what takes the note away. */
export async function announceBrokers(
  addresses: BrokerAddresses,
  file: string = note,
): Promise<() => Promise<void>> {
  const state: State = { pid: process.pid, addresses }
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, JSON.stringify(state))
  return () => rm(file, { force: true })
}

/** The brokers of a `npm run brokers` that still runs. */
export async function runningBrokers(file: string = note): Promise<BrokerAddresses | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  const state = text === undefined ? undefined : parse(text)
  return state && (await answers(state)) ? state.addresses : undefined
}

function parse(text: string): State | undefined {
  try {
    const { pid, addresses } = JSON.parse(text) as State
    return Number.isInteger(pid) && isComplete(addresses) ? { pid, addresses } : undefined
  } catch {
    return undefined
  }
}

/** A pid may have passed to a stranger, hence the look at the ports as well. */
async function answers({ pid, addresses }: State): Promise<boolean> {
  try {
    process.kill(pid, 0)
    await Promise.all(Object.values(addresses).map(connectOnce))
    return true
  } catch {
    return false
  }
}

async function connectOnce(address: string): Promise<void> {
  const { hostname, port } = new URL(address.includes('://') ? address : `tcp://${address}`)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.destroy()
}
