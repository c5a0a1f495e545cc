import { isEntry, type RedisEntry, type RedisText } from '@flowstitch/dialects/redis'
import { processEach, processOne } from './consumer.ts'
import { wrapClient } from './commands.ts'
import type { RedisOptions, RedisSource } from './message.ts'
import { makeKernel, type RedisClient } from './tracing.ts'

/**
 * Traces the stream commands of a client, and of its duplicates: XADD, XREAD, XREADGROUP, XCLAIM, XAUTOCLAIM
 * and XACK, in whatever form, pipelines and transactions included. The answer is the same object; a second
 * time is a no-op. Nothing throws that ioredis would not have thrown.
 */
export function instrumentRedis<R extends RedisClient>(redis: R, options: RedisOptions = {}): R {
  wrapClient(redis, makeKernel(options))
  return redis
}

/** A reply to XREAD or XREADGROUP, in whatever mapping, or a list of entries, as XCLAIM gives it. */
export type RedisReply<E extends RedisEntry> =
  | readonly (readonly [stream: RedisText, entries: readonly E[]])[]
  | readonly E[]
  | Readonly<Record<string, readonly E[]>>
  | ReadonlyMap<RedisText, readonly E[]>
  | readonly unknown[]
  | null

/**
 * Handles an entry in a process span and in the entry's context. The answer is the handler's. `source` is for
 * entries that did not come by an instrumented client.
 */
export function processRedis<E extends RedisEntry, R>(
  entry: E,
  handler: (entry: E) => R,
  source?: RedisSource,
): R
/**
 * Handles the entries of a reply one after the other, each in a span and a context of its own. Stops at the
 * first failure, and rejects with it.
 */
export function processRedis<E extends RedisEntry>(
  reply: RedisReply<E>,
  handler: (entry: E, stream: string) => unknown,
): Promise<void>
export function processRedis<E extends RedisEntry, R>(
  given: E | RedisReply<E>,
  handler: (entry: E, stream: string) => R,
  source?: RedisSource,
): R | Promise<void> {
  if (isEntry(given)) return processOne(given as E, handler as (entry: E) => R, source)
  return processEach(given, handler as (entry: RedisEntry, stream: string) => unknown)
}

/** The options of `instrumentRedis`. */
export type { RedisOptions, RedisSource } from './message.ts'
/** What its hooks get. */
export type { RedisEntry, RedisOutgoing, RedisText } from '@flowstitch/dialects/redis'
/** What `instrumentRedis` takes. */
export type { RedisClient } from './tracing.ts'
