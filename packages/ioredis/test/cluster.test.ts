import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as names from '@flowstitch/core/semconv'
import { recordSpans } from '@flowstitch/testing'
import { Cluster, Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { instrumentRedis, processRedis } from '../src/index.ts'

let server: ChildProcess
let folder: string
let port: number

/** A cluster of one node that has all slots. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowstitch-cluster-'))
  port = await freePort()
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    'cluster-enabled': 'yes',
    'cluster-announce-ip': '127.0.0.1',
    'cluster-port': await freePort(),
  }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of server.stdout!) if (String(line).includes('Ready to accept connections')) break
  server.stdout?.resume()
  const node = new Redis(port)
  await node.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383)
  while (!String(await node.call('CLUSTER', 'INFO')).includes('cluster_state:ok')) await node.ping()
  node.disconnect()
})

afterAll(async () => {
  if (server.exitCode === null) {
    server.kill('SIGKILL')
    await once(server, 'exit')
  }
  await rm(folder, { recursive: true, force: true })
})

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port: free } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return free
}

it.each([{}, { enableAutoPipelining: true }])(
  'traces streams through a cluster, with %j',
  async (options) => {
    const recorder = recordSpans()
    const cluster = instrumentRedis(new Cluster([{ host: '127.0.0.1', port }], options))
    const id = await cluster.xadd('orders', '*', 'n', '1')
    const results = await cluster.pipeline().xadd('orders', '*', 'n', '2').exec()
    const reply = await cluster.xread('STREAMS', 'orders', '0')
    const handled: unknown[] = []
    await processRedis(reply, ([entryId, fields]) => handled.push([entryId, fields]))
    expect(handled).toEqual([
      [id, ['n', '1']],
      [results?.[0]?.[1], ['n', '2']],
    ])
    const sent = await recorder.waitForAll((span) => span.name === 'xadd orders', 2)
    const spans = await recorder.waitForAll((span) => span.name === 'process orders', 2)
    expect(spans.map((span) => span.links[0]?.context.spanId)).toEqual(
      sent.map((span) => span.spanContext().spanId),
    )
    expect(sent[0]?.attributes[names.MESSAGING_MESSAGE_ID]).toBe(id)
    expect(recorder.open).toBe(0)
    await cluster.del('orders')
    cluster.disconnect()
    await recorder.shutdown()
  },
)

it('traces channels and lists through a cluster', async () => {
  const recorder = recordSpans()
  const cluster = instrumentRedis(new Cluster([{ host: '127.0.0.1', port }]), { payloads: () => 'merge' })
  await cluster.subscribe('prices')
  const came = once(cluster, 'message')
  await cluster.publish('prices', '{ "price": 1.0 }')
  expect(await came).toEqual(['prices', '{ "price": 1.0 }'])
  await cluster.rpush('jobs', '{ "job": 7 }')
  expect(await cluster.blpop('jobs', 1)).toEqual(['jobs', '{ "job": 7 }'])
  processRedis('jobs', '{ "job": 7 }', () => undefined)
  for (const [sends, handles] of [
    ['publish prices', 'process prices'],
    ['rpush jobs', 'process jobs'],
  ]) {
    const sent = await recorder.waitFor(({ name }) => name === sends)
    const handled = await recorder.waitFor(({ name }) => name === handles)
    expect(handled.links[0]?.context.spanId).toBe(sent.spanContext().spanId)
  }
  expect(recorder.open).toBe(0)
  cluster.disconnect()
  await recorder.shutdown()
})
