import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { AdapterUnderTest } from '@flowstitch/testing'
import type { Redis, RedisOptions } from 'ioredis'
import { instrumentRedis, type PayloadFormat } from '../src/index.ts'
import { attempt, type Log } from './transcript.ts'
import type { Connect } from './support.ts'

/** What a client may be made with that shows in its answers. */
const OPTIONS: readonly RedisOptions[] = [
  {},
  { protocol: 2 },
  { replyMapping: 'resp3' },
  { enableAutoPipelining: true },
  { showFriendlyErrorStack: true },
]
const FORMATS: readonly PayloadFormat[] = ['merge', 'envelope']

/** What a client shows of lists and channels, whatever their format: what was sent, never what carries it. */
export function transcriptOfPayloads(connect: Connect): AdapterUnderTest['transcript'] {
  return async (client) => {
    const all: unknown[] = []
    for (const options of OPTIONS) {
      for (const format of FORMATS) {
        const clients = [connect(options), connect(options)] as const
        all.push(...(await seenBy(clients, client === 'bare' ? undefined : format)))
      }
    }
    return all
  }
}

async function seenBy(
  clients: readonly [Redis, Redis],
  format: PayloadFormat | undefined,
): Promise<unknown[]> {
  const name = `transcript-${randomUUID()}`
  const seen: unknown[] = []
  const inBytes = [...Buffer.from(name)].join(',')
  const log: Log = (what, value) => {
    seen.push([what, JSON.stringify(value)?.replaceAll(name, 'NAME').replaceAll(inBytes, 'NAME')])
  }
  if (format) for (const client of clients) instrumentRedis(client, { payloads: () => format })
  try {
    await listScript(clients[0], name, log)
    await channelScript(...clients, name, log)
  } finally {
    for (const client of clients) client.disconnect()
  }
  await attempt(log, 'closed', () => clients[0].rpush(name, '{}'))
  return seen
}

const BYTES = Buffer.from([0xff, 0, 0x7b])
const VALUES = [
  '{"a":1}',
  ' { "a" : 1e3, "a": 2 } ',
  '{}',
  'text',
  '',
  '[1]',
  5,
  Buffer.from('{"b":"é"}'),
  BYTES,
]

async function listScript(redis: Redis, list: string, log: Log): Promise<void> {
  const other = `${list}-other`
  const call = (method: string, ...args: unknown[]): Promise<void> =>
    attempt(log, method, () =>
      (redis as never as Record<string, (...all: unknown[]) => unknown>)[method]!(...args),
    )
  await call('lpushx', list, '{}')
  await call('rpush', list, ...VALUES)
  await call('rpush', list, Object.freeze([...VALUES]))
  await call('lpush', list)
  await call('rpushBuffer', list, Buffer.from('{}'))
  await call('lpop', list)
  await call('lpop', list, 3)
  await call('lpop', list, -1)
  await call('lpop', list, 'x')
  await call('rpopBuffer', list)
  await call('rpopBuffer', list, 3)
  await call('blpop', list, 1)
  await call('brpopBuffer', other, list, 1)
  await call('blpop', [list, 1])
  await call('blpop', other, 0.01)
  await call('blpop', list)
  await call('lmpop', 2, other, list, 'LEFT', 'COUNT', 2)
  await call('lmpop', 2, other)
  await call('lmove', list, other, 'LEFT', 'RIGHT')
  await call('rpoplpush', list, other)
  await call('lrem', other, 0, '{}')
  await call('lrem', other)
  await call('call', 'LPOP', list)
  await call('set', list, '{}')
  await call('rpush', list, '{}')
  await call('lpop', list)
  await call('del', list, other)
  await attempt(log, 'pipeline', () =>
    redis
      .pipeline([['rpush', list, '{"a":1}']])
      .lpop(list)
      .lpop(list)
      .rpush(list, 'x', '{}')
      .exec(),
  )
  await attempt(log, 'transaction', () =>
    redis.multi().rpush(list, '{"a":1}').lpop(list, 9).lpush(list).exec(),
  )
  await attempt(
    log,
    'callback',
    () => new Promise((resolve) => void redis.lpop(list, (...all: unknown[]) => resolve(all))),
  )
  await call('del', list, other)
}

async function channelScript(redis: Redis, subscriber: Redis, channel: string, log: Log): Promise<void> {
  const events: [string, unknown][] = []
  for (const event of ['message', 'messageBuffer', 'pmessage', 'pmessageBuffer', 'smessage'] as const) {
    subscriber.on(event, function (this: unknown, ...args: unknown[]) {
      events.push([`${event} ${this === subscriber}`, args])
    })
  }
  await attempt(log, 'subscribe', () => subscriber.subscribe(channel))
  await attempt(log, 'psubscribe', () => subscriber.psubscribe(`${channel}*`))
  for (const value of VALUES) {
    const came = once(subscriber, 'pmessageBuffer')
    await attempt(log, 'publish', () => redis.publish(channel, value as string))
    await came
  }
  // Two connections: what the publisher is answered and what the subscriber gets come in any order.
  for (const [event, args] of events) log(event, args)
  await attempt(log, 'publish nothing', () => (redis.publish as (name: string) => unknown)(channel))
  await attempt(log, 'publish in a pipeline', () => redis.pipeline().publish(`${channel}-no`, '{}').exec())
}
