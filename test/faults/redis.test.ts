import { randomUUID } from 'node:crypto'
import { startBrokers, type Brokers } from '@flowstitch/brokers'
import { instrumentRedis, processRedis, type RedisEntry } from '@flowstitch/ioredis'
import { recordSpans } from '@flowstitch/testing'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Account, keepSending, keepWorking, killAndRestart, type Traffic } from './traffic.ts'
import { expectTruth } from './truth.ts'

let brokers: Brokers
beforeAll(async () => {
  brokers = await startBrokers({ only: ['redis'], own: true })
})
afterAll(() => brokers.stop())

const RETRY_MS = 50

function connect(): Redis {
  const redis = new Redis(brokers.addresses.redis, {
    maxRetriesPerRequest: 1,
    retryStrategy: () => RETRY_MS,
  })
  redis.on('error', () => {})
  return redis
}

/** How a client is made and its entries are handled, with tracing or without. */
interface Way {
  readonly instrument: (redis: Redis) => Redis
  readonly handle: (entry: RedisEntry, handler: (entry: RedisEntry) => void) => void
}

const bareWay: Way = { instrument: (redis) => redis, handle: (entry, handler) => handler(entry) }
/** Redis makes the ids of entries: of one that was refused, only its fields tell which it was. */
const tracedWay: Way = {
  instrument: (redis) =>
    instrumentRedis(redis, {
      onSend: (span, sent) =>
        void span.setAttribute('app.id', 'fields' in sent ? String(sent.fields[1]) : ''),
    }),
  handle: (entry, handler) => processRedis(entry, handler),
}

/** A turn of a worker: reads for a group, and what was delivered but not handled first, once a connection was lost. */
function turnOf(redis: Redis, stream: string, handle: Way['handle'], account: Account): () => Promise<void> {
  let from = '0'
  const handleSome = async (): Promise<void> => {
    const reply = await redis.xreadgroup(
      ...(['GROUP', 'g', 'me', 'COUNT', 10, 'BLOCK', 100] as const),
      ...(['STREAMS', stream, from] as const),
    )
    const entries = (reply as [string, [string, string[]][]][] | null)?.[0]?.[1] ?? []
    for (const entry of entries) {
      handle(entry, () => void account.received.push(entry[1][1] ?? ''))
      await redis.xack(stream, 'g', entry[0])
    }
    if (entries.length === 0) from = '>'
  }
  return async () => {
    try {
      await handleSome()
    } catch (error) {
      from = '0'
      throw error
    }
  }
}

async function startTraffic({ instrument, handle }: Way): Promise<Traffic> {
  const stream = `orders-${randomUUID()}`
  const account = new Account()
  const redis = instrument(connect())
  await redis.xgroup('CREATE', stream, 'g', '0', 'MKSTREAM')
  const reader = redis.duplicate().on('error', () => {})
  const stopWorking = keepWorking(turnOf(reader, stream, handle, account))
  return {
    account,
    stop: keepSending(account, (id) => redis.xadd(stream, '*', 'id', id)),
    async close() {
      await stopWorking()
      reader.disconnect()
      redis.disconnect()
    },
  }
}

test('a Redis that is killed loses no more with tracing than without, and every span ends with the truth', async () => {
  const recorder = recordSpans()
  const bare = await startTraffic(bareWay)
  const traced = await startTraffic(tracedWay)
  await killAndRestart(brokers.started.redis!, [bare, traced])
  expect(traced.account.errors).toEqual(bare.account.errors)
  expectTruth(recorder, traced.account, { idAttribute: 'app.id', errorType: /^\w+$/ })
  await recorder.shutdown()
}, 120_000)
