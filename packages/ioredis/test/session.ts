import { randomUUID } from 'node:crypto'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import type { AdapterUnderTest, TestMessage, TestSession } from '@flowstitch/testing'
import { Redis, type RedisOptions as ClientOptions } from 'ioredis'
import redis5 from 'ioredis-5'
import { instrumentRedis, processRedis, type RedisOptions } from '../src/index.ts'

export function connectRedis(options: ClientOptions = {}): Redis {
  return new Redis(brokersFromEnvironment().redis, options)
}

function outgoing({ body, headers }: TestMessage): string[] {
  return ['body', body, ...Object.entries(headers).flat()]
}

function incoming(fields: readonly string[]): TestMessage {
  const { body = '', ...headers } = recordOf(fields)
  return { body, headers }
}

export function recordOf(fields: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1] ?? '']] : [])),
  )
}

/** A client of the oldest version that is supported. */
function connectRedis5(): Redis {
  return new redis5.default(brokersFromEnvironment().redis) as unknown as Redis
}

async function openSession(redis: Redis): Promise<TestSession> {
  const stream = `test-${randomUUID()}`
  const bare = connectRedis()
  const readers: Redis[] = []
  let closed = false

  return {
    destination: stream,
    send: (message, { freeze = false } = {}) => {
      const fields = outgoing(message)
      if (freeze) Object.freeze(fields)
      return redis.xadd(stream, '*', fields as never)
    },
    sendBare: async (message) => {
      await bare.xadd(stream, '*', ...outgoing(message))
    },
    async consume(handler) {
      const group = `group-${randomUUID()}`
      await redis.xgroup('CREATE', stream, group, '0', 'MKSTREAM')
      const reader = redis.duplicate()
      readers.push(reader)
      void poll(reader, stream, group, handler)
    },
    async readBare() {
      const reply = await bare.xread('COUNT', 1, 'BLOCK', 10_000, 'STREAMS', stream, '0')
      const fields = reply?.[0]?.[1][0]?.[1]
      if (!fields) throw new Error('no entry came')
      return incoming(fields)
    },
    async close() {
      if (closed) return
      closed = true
      for (const reader of readers) reader.disconnect()
      redis.disconnect()
      await bare.del(stream)
      bare.disconnect()
    },
  }
}

async function poll(
  reader: Redis,
  stream: string,
  group: string,
  handler: (message: TestMessage) => unknown,
): Promise<void> {
  try {
    while (reader.status !== 'end') {
      const reply = await reader.xreadgroup(
        'GROUP',
        group,
        'me',
        'COUNT',
        10,
        'BLOCK',
        1000,
        'STREAMS',
        stream,
        '>',
      )
      for (const [, entries] of reply ?? []) {
        for (const entry of entries) {
          try {
            await processRedis(entry, () => handler(incoming(entry[1] ?? [])))
          } catch {
            // stays pending, as in a worker that leaves it to another
          }
        }
      }
    }
  } catch (error) {
    if (!isEnd(error as Error)) throw error
  }
}

/** The connection was closed, or the stream deleted, while the reader waited. */
function isEnd({ message }: Error): boolean {
  return message === 'Connection is closed.' || message.startsWith('UNBLOCKED')
}

function adapter(connect: () => Redis): AdapterUnderTest {
  return {
    name: 'ioredis',
    system: 'redis',
    sendOperation: 'xadd',
    processOperation: 'process',
    open: (options) => openSession(instrumentRedis(connect(), options as RedisOptions)),
    openTwice: () => openSession(instrumentRedis(instrumentRedis(connect()))),
  }
}

export const ioredis: AdapterUnderTest = adapter(() => connectRedis())
export const ioredis5: AdapterUnderTest = adapter(connectRedis5)
