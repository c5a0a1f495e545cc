import { randomUUID } from 'node:crypto'
import type {
  AdapterUnderTest,
  ConsumeOptions,
  OutgoingMessage,
  TestHandler,
  TestMessage,
  TestSession,
} from '@flowstitch/testing'
import type { Redis } from 'ioredis'
import { instrumentRedis, processRedis, type RedisOptions } from '../src/index.ts'
import { connectRedis, connectRedis5, recordOf, type Connect } from './support.ts'
import { transcriptWith } from './transcript.ts'

function outgoing({ body, headers = {} }: OutgoingMessage): string[] {
  return ['body', body, ...Object.entries(headers).flat()]
}

function incoming(fields: readonly string[]): TestMessage {
  const { body = '', ...headers } = recordOf(fields)
  return { body, headers }
}

async function openSession(redis: Redis, connect: Connect): Promise<TestSession> {
  const stream = `test-${randomUUID()}`
  const bare = connect()
  const readers: Redis[] = []
  const polls: Promise<void>[] = []
  let closed = false
  let last = '0'

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
    prepareShared(message) {
      const fields = outgoing(message)
      const send = (): Promise<unknown> => redis.xadd(stream, '*', fields as never)
      return { handed: fields, send: () => Promise.all([send(), send()]) }
    },
    async sendRefused(client) {
      const noStream = `${stream}-text`
      await bare.set(noStream, 'x')
      try {
        await (client === 'bare' ? bare : redis).xadd(noStream, '*', 'body', 'x')
      } finally {
        await bare.del(noStream)
      }
    },
    async consume(handler, options = {}) {
      const group = `group-${randomUUID()}`
      await redis.xgroup('CREATE', stream, group, '0', 'MKSTREAM')
      const reader = redis.duplicate()
      readers.push(reader)
      polls.push(new Poll(reader, stream, group, handler, options).run())
    },
    async receive() {
      const reply = await redis.xread('COUNT', 300, 'STREAMS', stream, last)
      const entries = reply?.[0]?.[1] ?? []
      last = entries.at(-1)?.[0] ?? last
      return entries.map(([, fields]) => incoming(fields))
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
      await Promise.all(polls)
      redis.disconnect()
      await bare.del(stream)
      bare.disconnect()
    },
  }
}

/** A worker that reads for a group, and handles one entry after the other. */
class Poll {
  readonly #reader: Redis
  readonly #stream: string
  readonly #group: string
  readonly #handler: TestHandler
  readonly #options: ConsumeOptions

  constructor(reader: Redis, stream: string, group: string, handler: TestHandler, options: ConsumeOptions) {
    this.#reader = reader
    this.#stream = stream
    this.#group = group
    this.#handler = handler
    this.#options = options
  }

  async run(): Promise<void> {
    try {
      while (this.#reader.status !== 'end') {
        // Once a handler has failed, what is pending is read before anything else.
        if (!(await this.#read('>')) && this.#options.redeliver) await this.#read('0')
      }
    } catch (error) {
      if (!isEnd(error as Error)) throw error
    }
  }

  /** Answers whether all was handled. */
  async #read(from: string): Promise<boolean> {
    const how = this.#options.settlement === 'automatically' ? ['NOACK'] : []
    const args = ['COUNT', '100', 'BLOCK', '1000', ...how, 'STREAMS', this.#stream, from]
    const reply = (await this.#reader.xreadgroup('GROUP', this.#group, 'me', ...(args as ['STREAMS']))) as
      | [string, [string, string[]][]][]
      | null
    const entries = (reply ?? []).flatMap(([, read]) => read)
    const done: string[] = []
    for (const entry of entries) if (await this.#handle(entry)) done.push(entry[0])
    const settles = (this.#options.settlement ?? 'after') === 'after'
    if (settles && done.length > 0) await this.#reader.xack(this.#stream, this.#group, ...done)
    return done.length === entries.length
  }

  /** Answers whether it was handled; else it stays pending, as in a worker that leaves it to another. */
  async #handle(entry: [string, string[]]): Promise<boolean> {
    const settle = (): Promise<number> => this.#reader.xack(this.#stream, this.#group, entry[0])
    try {
      await processRedis(entry, () => this.#handler(incoming(entry[1]), settle))
      return true
    } catch {
      return false
    }
  }
}

/** The connection was closed, or the stream deleted, while the reader waited. */
function isEnd({ message }: Error): boolean {
  return message === 'Connection is closed.' || message.startsWith('UNBLOCKED')
}

function adapter(connect: Connect): AdapterUnderTest {
  return {
    name: 'ioredis',
    system: 'redis',
    sendOperation: 'xadd',
    processOperation: 'process',
    receiveOperation: 'xread',
    settleOperation: 'xack',
    settlement: 'xack',
    pulls: true,
    open: (options) => openSession(instrumentRedis(connect(), options as RedisOptions), connect),
    openTwice: () => openSession(instrumentRedis(instrumentRedis(connect())), connect),
    transcript: transcriptWith(connect),
  }
}

export const ioredis: AdapterUnderTest = adapter(connectRedis)
export const ioredis5: AdapterUnderTest = adapter(connectRedis5)
