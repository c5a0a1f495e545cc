import { randomUUID } from 'node:crypto'
import type { AdapterUnderTest } from '@flowstitch/testing'
import type { Redis, RedisOptions } from 'ioredis'
import { instrumentRedis, processRedis, type RedisEntry } from '../src/index.ts'
import type { Connect } from './support.ts'

export type Log = (what: string, value: unknown) => void
type Handle = (entry: RedisEntry, handler: () => unknown) => unknown

/** What a client may be made with that shows in its answers. */
const OPTIONS: readonly RedisOptions[] = [
  {},
  { protocol: 2 },
  { replyMapping: 'resp3' },
  { enableAutoPipelining: true },
  { showFriendlyErrorStack: true },
]

/** What a client of each kind shows of a script of right and wrong calls. */
export function transcriptWith(connect: Connect): AdapterUnderTest['transcript'] {
  return async (client) => {
    const all: unknown[] = []
    for (const options of OPTIONS) all.push(...(await seenBy(connect(options), client === 'instrumented')))
    return all
  }
}

async function seenBy(redis: Redis, instrument: boolean): Promise<unknown[]> {
  const stream = `transcript-${randomUUID()}`
  const seen: unknown[] = [instrument ? instrumentRedis(redis) === redis : true]
  const inBytes = [...Buffer.from(stream)].join(',')
  const log: Log = (what, value) => {
    seen.push([what, JSON.stringify(value)?.replaceAll(stream, 'STREAM').replaceAll(inBytes, 'STREAM')])
  }
  try {
    await script(redis, stream, instrument ? processRedis : (_, handler) => handler(), log)
  } finally {
    redis.disconnect()
  }
  return seen
}

export async function attempt(log: Log, what: string, call: () => unknown): Promise<void> {
  try {
    const answer = call()
    log(`${what} answers`, (answer as object | undefined)?.constructor.name)
    log(what, await answer)
  } catch (error) {
    const { name, message, command } = error as Error & { command?: { name: string } }
    log(`${what} fails`, { name, message, command: command?.name })
  }
}

async function script(redis: Redis, stream: string, handle: Handle, log: Log): Promise<void> {
  await attempt(log, 'add', () => redis.xadd(stream, '1-1', 'a', 'b'))
  await attempt(log, 'add the same id', () => redis.xadd(stream, '1-1', 'a', 'b'))
  await attempt(log, 'add Buffers', () =>
    redis.xaddBuffer(stream, '2-1', Buffer.from('a'), Buffer.from([255])),
  )
  await attempt(log, 'add nothing', () => redis.xadd(stream, '*'))
  await attempt(log, 'add to nothing', () => redis.xadd(`${stream}-no`, 'NOMKSTREAM', '*', 'a', 'b'))
  await attempt(log, 'add by call', () => redis.call('XADD', stream, 'MAXLEN', '~', '100', '3-1', 'a', 'b'))
  await attempt(log, 'add no arguments', () => (redis.xadd as () => unknown)())
  await new Promise<void>((resolve) => {
    void redis.xadd(stream, '4-1', 'a', 'b', (error: unknown, id: unknown) => {
      log('callback', [error, id])
      resolve()
    })
  })
  await attempt(log, 'group', () => redis.xgroup('CREATE', stream, 'g', '0'))
  await attempt(log, 'no group', () => redis.xreadgroup('GROUP', 'no', 'me', 'STREAMS', stream, '>'))
  await attempt(log, 'read', () => redis.xreadgroup('GROUP', 'g', 'me', 'COUNT', 2, 'STREAMS', stream, '>'))
  await attempt(log, 'read Buffers', () => redis.xreadgroupBuffer('GROUP', 'g', 'me', 'STREAMS', stream, '>'))
  await attempt(log, 'read none', () =>
    redis.xreadgroup('GROUP', 'g', 'me', 'BLOCK', 5, 'STREAMS', stream, '>'),
  )
  await attempt(log, 'read again', () => redis.xreadgroup('GROUP', 'g', 'me', 'STREAMS', stream, '0'))
  await attempt(log, 'read all', () => redis.xread('STREAMS', stream, '0'))
  await attempt(log, 'read by call', () => redis.call('XREAD', 'STREAMS', stream, '0'))
  await attempt(log, 'read badly', () => (redis.xread as (...args: string[]) => unknown)('STREAMS'))
  await attempt(log, 'claim', () => redis.xclaim(stream, 'g', 'other', 0, '1-1'))
  await attempt(log, 'claim ids', () => redis.xclaim(stream, 'g', 'other', 0, '1-1', 'JUSTID'))
  await attempt(log, 'claim the rest', () => redis.xautoclaim(stream, 'g', 'other', 0, '2-0'))
  await attempt(log, 'handled', () => handle(['1-1', ['a', 'b']], () => Promise.resolve(7)))
  await attempt(log, 'handled badly', () =>
    handle(['1-1', null], () => Promise.reject(new RangeError('boom'))),
  )
  await attempt(log, 'ack', () => redis.xack(stream, 'g', '1-1', '2-1', '9-9'))
  await attempt(log, 'ack nothing', () => redis.xack(stream, 'g', ...([] as string[])))
  await attempt(log, 'pipeline', () =>
    redis
      .pipeline([['xadd', stream, '5-1', 'a', 'b']])
      .xadd(stream, '5-1', 'a', 'b')
      .xread('STREAMS', stream, '4-1')
      .xack(stream, 'g', '3-1')
      .get(stream)
      .exec((error, results) => log('pipeline callback', [error, results?.length])),
  )
  await attempt(log, 'transaction', () =>
    redis
      .multi()
      .xadd(stream, '6-1', 'a', 'b')
      .xread('STREAMS', stream, '5-1')
      .xack(stream, 'g', '4-1')
      .exec(),
  )
  await attempt(log, 'bad transaction', () => redis.multi().xadd(stream, '*').set('a', 'b').exec())
  await attempt(log, 'delete', () => redis.del(stream))
  redis.disconnect()
  await attempt(log, 'closed', () => redis.xadd(stream, '*', 'a', 'b'))
  await attempt(log, 'closed pipeline', () => redis.pipeline().xadd(stream, '*', 'a', 'b').exec())
}
