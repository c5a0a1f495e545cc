import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { redis } from '../src/brokers/redis.ts'
import type { Runnable } from '../src/definition.ts'
import { startBroker } from '../src/started.ts'

let root: string
const servers: Server[] = []

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'flowstitch-start-'))
})

afterEach(async () => {
  for (const server of servers.splice(0)) server.close()
  await rm(root, { recursive: true, force: true })
})

/** Takes the port that the broker was about to use, as another process could in between. */
async function occupy(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
}

async function redisWhose(prepare: Runnable['prepare']): Promise<Runnable> {
  return { ...(await redis.find())!, prepare }
}

test('takes another port when somebody else got its port first', async () => {
  const taken: number[] = []
  const runnable = await redisWhose(async ({ ports: [port] }) => {
    if (taken.length > 0) return
    taken.push(port!)
    await occupy(port!)
  })

  const broker = await startBroker('Redis', runnable, root)

  expect(broker.address).toMatch(/^redis:\/\/127\.0\.0\.1:\d+$/)
  expect(broker.address).not.toContain(`:${taken[0]}`)
  await broker.stop()
})

test('gives up when every port is taken, and says what the broker said', async () => {
  const runnable = await redisWhose(async ({ ports: [port] }) => occupy(port!))

  await expect(startBroker('Redis', runnable, root)).rejects.toThrow(
    /Redis did not start.*Address already in use/s,
  )
  expect(servers).toHaveLength(3)
})

test('says what a broker said that ends at its start', async () => {
  const runnable: Runnable = {
    ...(await redis.find())!,
    commands: () => [{ file: 'sh', args: ['-c', 'echo no memory left; exit 3'], ready: /never/ }],
  }

  await expect(startBroker('Redis', runnable, root)).rejects.toThrow(/Redis did not start.*no memory left/s)
})

test('says that a program cannot be run', async () => {
  const runnable: Runnable = {
    ...(await redis.find())!,
    commands: () => [{ file: '/nowhere/redis-server', args: [], ready: /never/ }],
  }

  await expect(startBroker('Redis', runnable, root)).rejects.toThrow(/nowhere\/redis-server/)
})
