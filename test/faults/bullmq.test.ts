import { randomUUID } from 'node:crypto'
import { startBrokers, type Brokers } from '@flowstitch/brokers'
import { instrumentBullmq, type BullmqClient } from '@flowstitch/bullmq'
import { recordSpans } from '@flowstitch/testing'
import { Queue, Worker, type RedisOptions } from 'bullmq'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Account, keepSending } from './traffic.ts'
import { expectTruth } from './truth.ts'

let brokers: Brokers
beforeAll(async () => {
  brokers = await startBrokers({ only: ['redis'], own: true })
})
afterAll(() => brokers.stop())

const RETRY_MS = 50

function connection(): RedisOptions {
  const { hostname: host, port } = new URL(brokers.addresses.redis)
  return { host, port: Number(port), retryStrategy: () => RETRY_MS }
}

type Instrument = <C extends BullmqClient>(client: C) => C

const bare: Instrument = (client) => client
const traced: Instrument = (client) =>
  instrumentBullmq(client, {
    onSend: (span, { data }) => void span.setAttribute('app.id', (JSON.parse(data) as { id: string }).id),
  })

/** Jobs that a worker loses with its connection have stalled, and come again. */
const STALLING = { lockDuration: 1000, stalledInterval: 300, maxStalledCount: 100 }

/** A queue that is added to and worked on the whole time. */
interface Traffic {
  readonly account: Account
  /** Ends the adding; what was begun is done. */
  stop(): Promise<void>
  /** How many jobs wait or are worked on. */
  left(): Promise<number>
  close(): Promise<void>
}

async function startTraffic(instrument: Instrument): Promise<Traffic> {
  const name = `orders-${randomUUID()}`
  const account = new Account()
  const queue = instrument(new Queue(name, { connection: { ...connection(), maxRetriesPerRequest: 1 } }))
  const handle = async ({ data }: { data: { id: string } }): Promise<void> => {
    account.received.push(data.id)
  }
  const options = { connection: connection(), concurrency: 4, runRetryDelay: RETRY_MS, ...STALLING }
  const worker = instrument(new Worker(name, handle, options))
  queue.on('error', () => {})
  worker.on('error', () => {})
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()])
  return {
    account,
    stop: keepSending(account, (id) => queue.add('order', { id })),
    left: () => queue.getJobCountByTypes('waiting', 'active', 'delayed'),
    async close() {
      await worker.close()
      await queue.close()
    },
  }
}

test('a Redis that is killed fails jobs with tracing as without, and every span ends with the truth', async () => {
  const recorder = recordSpans()
  const without = await startTraffic(bare)
  const withTracing = await startTraffic(traced)
  await killAndRestart([without, withTracing])
  expect(withTracing.account.errors).toEqual(without.account.errors)
  expectTruth(recorder, withTracing.account, { idAttribute: 'app.id', errorType: /^\w+$/ })
  await recorder.shutdown()
}, 120_000)

const PATIENT = { timeout: 40_000, interval: 20 }

/** What Redis answers, it may have lost all the same when it is killed: what counts is what it still has. */
async function killAndRestart(traffic: readonly Traffic[]): Promise<void> {
  const least = (of: (account: Account) => number): number =>
    Math.min(...traffic.map(({ account }) => of(account)))
  await expect.poll(() => least(({ received }) => received.length), PATIENT).toBeGreaterThan(50)
  await brokers.started.redis!.kill()
  await expect.poll(() => least(({ refused }) => refused.size), PATIENT).toBeGreaterThan(3)
  const before = Math.max(...traffic.map(({ account }) => account.sent.size))
  await brokers.started.redis!.restart()
  await expect.poll(() => least(({ sent }) => sent.size), PATIENT).toBeGreaterThan(before + 50)
  for (const { stop } of traffic) await stop()
  for (const { left } of traffic) await expect.poll(left, PATIENT).toBe(0)
  for (const { close } of traffic) await close()
}
