import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { startBrokers, type Broker, type Brokers } from '@flowstitch/brokers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { keepers } from './keepers.ts'

// A start of all brokers takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const breakable = Object.keys(keepers) as (keyof typeof keepers)[]
let brokers: Brokers

beforeAll(async () => {
  brokers = await startBrokers({ own: true, only: [...breakable, 'sqs'] })
})

afterAll(() => brokers.stop())

async function connectTo(broker: Broker): Promise<void> {
  const socket = connect(Number(brokers.addresses[broker].split(':').at(-1)), '127.0.0.1')
  await once(socket, 'connect')
  socket.destroy()
}

describe.each(breakable)('%s', (broker) => {
  test('refuses connections when killed, and comes back on its address with what it confirmed', async () => {
    const handle = brokers.started[broker]!
    const name = `kept-${randomUUID()}`
    await keepers[broker].write(handle.address, name)

    await handle.kill()
    await expect(connectTo(broker)).rejects.toThrow('ECONNREFUSED')

    await handle.restart()
    expect(await keepers[broker].count(handle.address, name)).toBe(1)
  })
})

test('sqs comes back on its address, empty', async () => {
  const handle = brokers.started.sqs!
  await handle.kill()
  await expect(connectTo('sqs')).rejects.toThrow('ECONNREFUSED')
  await handle.restart()
  await expect(connectTo('sqs')).resolves.toBeUndefined()
})
