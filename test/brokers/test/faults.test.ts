import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { startBrokers, type Broker, type Brokers } from '@flowstitch/brokers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { allBrokers } from '../src/addresses.ts'
import { keepers } from './keepers.ts'

// A start of all brokers takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let brokers: Brokers

beforeAll(async () => {
  brokers = await startBrokers({ own: true })
})

afterAll(() => brokers.stop())

async function connectTo(broker: Broker): Promise<void> {
  const socket = connect(Number(brokers.addresses[broker].split(':').at(-1)), '127.0.0.1')
  await once(socket, 'connect')
  socket.destroy()
}

describe.each(allBrokers)('%s', (broker) => {
  test('refuses connections when killed, and comes back on its address with what it confirmed', async () => {
    const handle = brokers.started[broker]!
    const name = `kept-${randomUUID()}`
    await keepers[broker].write(handle.address, name)

    await handle.kill()
    await expect(connectTo(broker)).rejects.toThrow('ECONNREFUSED')

    await handle.restart()
    // ElasticMQ serves for a moment before it has its queues back.
    await expect.poll(() => keepers[broker].count(handle.address, name)).toBe(1)
  })
})
