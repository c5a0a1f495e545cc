import { randomUUID } from 'node:crypto'
import type * as ioredis from 'ioredis'
import { Transcript } from './transcript.ts'

type Loaded = Pick<typeof ioredis, 'Redis' | 'Cluster'>

/** One entry through a Redis stream, with the module as the program has loaded it, in one or more ways. */
export async function tell(...loaded: readonly Loaded[]): Promise<void> {
  const transcript = new Transcript()
  const [{ Redis, Cluster }] = loaded as [Loaded]
  for (const each of loaded) {
    transcript.note('the module', [Object.keys(each), each.Redis === Redis, each.Cluster === Cluster])
  }
  transcript.noteFunction('Redis', Redis)
  transcript.noteFunction('Cluster', Cluster)
  transcript.note('they know each other', [
    Redis.Cluster === Cluster,
    Object.getPrototypeOf(Redis) === Function,
  ])
  await transcript.noteFailure('Redis without new', () => Reflect.apply(Redis, undefined, []))

  const key = `auto-${randomUUID()}`
  class Audit extends Redis {
    readonly entries = key
    addEntry(...fields: string[]): Promise<string | null> {
      return super.xadd(this.entries, '*', ...fields)
    }
  }
  const redis = new Audit(process.env['FLOWSTITCH_REDIS']!, { lazyConnect: true })
  transcript.noteInstance('Audit', redis, Audit)
  transcript.note('an Audit is a Redis', [redis instanceof Redis, redis instanceof Cluster])
  const cluster = new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true })
  transcript.noteInstance('Cluster', cluster, Cluster)
  cluster.disconnect()

  transcript.note('added', typeof (await redis.addEntry('order', '4711')))
  const copy = redis.duplicate()
  transcript.noteInstance('a duplicate', copy, Redis)
  const [[, entries]] = (await copy.xread('COUNT', 1, 'STREAMS', key, '0')) as [
    [string, [string, string[]][]],
  ]
  transcript.note('read', entries[0]![1])
  await transcript.noteFailure('a wrong command', () => redis.addEntry('order'))
  await redis.del(key)
  redis.disconnect()
  copy.disconnect()
  transcript.print()
}
