import { brokersFromEnvironment } from '@flowstitch/brokers'
import { Redis, type RedisOptions as ClientOptions } from 'ioredis'
import redis5 from 'ioredis-5'

export type Connect = (options?: ClientOptions) => Redis

export function connectRedis(options: ClientOptions = {}): Redis {
  return new Redis(brokersFromEnvironment().redis, options)
}

/** A client of the oldest version that is supported. */
export function connectRedis5(options: ClientOptions = {}): Redis {
  return new redis5.default(brokersFromEnvironment().redis, options as object) as unknown as Redis
}

export function recordOf(fields: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1] ?? '']] : [])),
  )
}
