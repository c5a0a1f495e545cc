import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { BrokerAddresses } from '../src/addresses.ts'
import { announceBrokers, runningBrokers } from '../src/state-file.ts'

let folder: string
let file: string
const server = createServer()

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowstitch-state-'))
  file = join(folder, 'brokers.json')
  await once(server.listen(0, '127.0.0.1'), 'listening')
})

afterEach(async () => {
  server.close()
  await rm(folder, { recursive: true })
})

function addressesAt(port: number): BrokerAddresses {
  const url = `tcp://127.0.0.1:${port}`
  return { kafka: `127.0.0.1:${port}`, amqp: url, nats: url, redis: url, sqs: url }
}

const answering = (): BrokerAddresses => addressesAt((server.address() as AddressInfo).port)

test('finds the brokers that another process announced, until it takes them back', async () => {
  const forget = await announceBrokers(answering(), file)
  expect(await runningBrokers(file)).toEqual(answering())
  await forget()
  expect(await runningBrokers(file)).toBeUndefined()
})

test('passes over brokers whose process was killed', async () => {
  const child = spawn('true')
  await once(child, 'exit')
  await writeFile(file, JSON.stringify({ pid: child.pid, addresses: answering() }))
  expect(await runningBrokers(file)).toBeUndefined()
})

test('passes over brokers that do not answer, though their pid lives on as another process', async () => {
  await announceBrokers({ ...answering(), nats: 'nats://127.0.0.1:1' }, file)
  expect(await runningBrokers(file)).toBeUndefined()
})

test.each(['', 'not json', '{"pid":1}', '{"pid":"1","addresses":{}}', 'null'])(
  'passes over a note that is damaged: %j',
  async (text) => {
    await writeFile(file, text)
    expect(await runningBrokers(file)).toBeUndefined()
  },
)
