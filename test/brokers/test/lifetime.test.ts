import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { BrokerAddresses } from '@flowstitch/brokers'
import { afterEach, expect, test, vi } from 'vitest'
import { alive, descendantsOf } from './processes.ts'

// A start of all brokers takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const starter = fileURLToPath(new URL('starter.ts', import.meta.url))
const running: number[] = []

afterEach(() => {
  for (const pid of running.splice(0)) process.kill(-pid, 'SIGKILL')
})

/** A process in a group of its own, as a terminal would start it, with brokers that it started. */
async function startElsewhere(
  ...brokers: string[]
): Promise<{ pid: number; addresses: BrokerAddresses; directory: string }> {
  const child = spawn('node', ['--conditions=@flowstitch/source', '--no-warnings', starter, ...brokers], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.push(child.pid!)
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
  return { pid: child.pid!, ...(JSON.parse(line) as { addresses: BrokerAddresses; directory: string }) }
}

test('every process and every file goes with a parent that is killed with -9, epmd included', async () => {
  const { pid, directory } = await startElsewhere('kafka', 'amqp', 'nats', 'redis', 'sqs')
  const pids = await descendantsOf(pid)
  expect(pids.length).toBeGreaterThan(10)
  expect(existsSync(directory)).toBe(true)

  process.kill(pid, 'SIGKILL')
  running.length = 0

  await vi.waitFor(async () => expect(await alive(pids)).toEqual([]), { timeout: 15_000 })
  await vi.waitFor(() => expect(existsSync(directory)).toBe(false), { timeout: 15_000 })
})

test('Ctrl-C in the terminal leaves the brokers to the process that started them', async () => {
  const { pid, addresses } = await startElsewhere('redis')
  const pids = await descendantsOf(pid)

  process.kill(-pid, 'SIGINT')

  const { hostname, port } = new URL(addresses.redis)
  const socket = connect(Number(port), hostname)
  socket.write('PING\r\n')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  expect(answer.toString()).toBe('+PONG\r\n')
  expect(await alive(pids)).toEqual(pids)
})

test('a broker whose guard is killed with -9 ends as well', async () => {
  const { pid, directory } = await startElsewhere('redis')
  const [guard, ...guarded] = await descendantsOf(pid)

  process.kill(guard!, 'SIGKILL')

  await vi.waitFor(async () => expect(await alive(guarded)).toEqual([]), { timeout: 15_000 })
  // The parent is killed in turn: nobody is left who would.
  await rm(directory, { recursive: true })
})

test('the files of a broker that died by itself go with the parent too', async () => {
  const { pid, directory } = await startElsewhere('redis')
  const [, ...guarded] = await descendantsOf(pid)
  for (const broker of guarded) process.kill(broker, 'SIGKILL')
  process.kill(pid, 'SIGKILL')
  running.length = 0
  await vi.waitFor(() => expect(existsSync(directory)).toBe(false), { timeout: 15_000 })
})
