import { randomUUID } from 'node:crypto'
import type {
  AdapterUnderTest,
  OutgoingMessage,
  TestHandler,
  TestMessage,
  TestSession,
} from '@flowstitch/testing'
import type { Redis } from 'ioredis'
import { instrumentRedis, processRedis, type RedisOptions } from '../src/index.ts'
import { transcriptOfPayloads } from './payload-transcript.ts'
import { connectRedis, connectRedis5, type Connect } from './support.ts'

const CONTEXT = /^(traceparent|tracestate|baggage|b3|x-.*)$/i

/** Contexts that the application puts in itself stand in an envelope of its own, and its other headers in the payload. */
function outgoing({ body, headers = {} }: OutgoingMessage): string {
  const pick = (context: boolean): Record<string, string> =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => CONTEXT.test(name) === context))
  const [h, own] = [pick(true), pick(false)]
  const d = Object.keys(own).length > 0 ? JSON.stringify({ body, own }) : body
  return Object.keys(h).length > 0 ? JSON.stringify({ v: 1, h, d }) : d
}

function incoming(value: string): TestMessage {
  const { body = value, own = {} } = fieldsOf(value) as { body?: string; own?: Record<string, string> }
  return { body, headers: own }
}

function stored(value: string): TestMessage {
  const { h = {}, d = value } = fieldsOf(value) as { h?: Record<string, string>; d?: string }
  const { body, headers } = incoming(d)
  return { body, headers: { ...headers, ...h } }
}

function fieldsOf(value: string): object {
  return value.startsWith('{') ? (JSON.parse(value) as object) : {}
}

async function openSession(redis: Redis, bare: Redis): Promise<TestSession> {
  const list = `test-${randomUUID()}`
  const readers: Redis[] = []
  const workers: Promise<void>[] = []
  let closed = false

  return {
    destination: list,
    send: (message) => redis.rpush(list, outgoing(message)),
    sendBatch: (messages) => redis.rpush(list, ...messages.map(outgoing)),
    sendBare: async (message) => void (await bare.rpush(list, outgoing(message))),
    prepareShared(message) {
      const values = [outgoing(message), outgoing(message)]
      return { handed: values, send: () => redis.rpush(list, values as never) }
    },
    async sendRefused(client) {
      const noList = `${list}-text`
      await bare.set(noList, 'x')
      try {
        await (client === 'bare' ? bare : redis).rpush(noList, 'x')
      } finally {
        await bare.del(noList)
      }
    },
    async consume(handler) {
      const reader = redis.duplicate()
      readers.push(reader)
      workers.push(work(reader, list, handler))
    },
    async receive() {
      const values = await redis.lpop(list, 300)
      return (values ?? []).map(incoming)
    },
    async readBare() {
      const [, value] = (await bare.blpop(list, 10)) ?? []
      if (value === undefined) throw new Error('no value came')
      return stored(value)
    },
    async close() {
      if (closed) return
      closed = true
      for (const reader of readers) reader.disconnect()
      await Promise.all(workers)
      redis.disconnect()
      await bare.del(list)
      bare.disconnect()
    },
  }
}

/** Takes one value after the other; what its handler fails on is gone. */
async function work(reader: Redis, list: string, handler: TestHandler): Promise<void> {
  while (reader.status !== 'end') {
    const [, value] = (await reader.blpop(list, 1).catch(() => null)) ?? []
    if (value === undefined) continue
    await Promise.resolve()
      .then(() => processRedis(list, value, () => handler(incoming(value), () => undefined)))
      .catch(() => undefined)
  }
}

const opened = (options: RedisOptions = {}): RedisOptions => ({ payloads: () => 'envelope', ...options })

function adapter(connect: Connect): AdapterUnderTest {
  return {
    name: 'ioredis',
    system: 'redis',
    sendOperation: 'rpush',
    processOperation: 'process',
    receiveOperation: 'lpop',
    pulls: true,
    open: (options) => openSession(instrumentRedis(connect(), opened(options as RedisOptions)), connect()),
    openTwice: () => openSession(instrumentRedis(instrumentRedis(connect(), opened()), opened()), connect()),
    transcript: transcriptOfPayloads(connect),
  }
}

/** Lists as queues, their values in envelopes. */
export const lists: AdapterUnderTest = adapter(connectRedis)
export const lists5: AdapterUnderTest = adapter(connectRedis5)
