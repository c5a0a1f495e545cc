import {
  isEntry,
  processEntries,
  processEntry,
  processValue,
  type RedisEntry,
  type RedisOptions,
  type RedisSource,
  type RedisText,
} from '@flowstitch/dialects/redis'
import { wrapClient } from './commands.ts'
import { defaultTracing, makeKernel, type RedisClient } from './tracing.ts'

/**
 * Traces the stream commands of a client, and of its duplicates: XADD, XREAD, XREADGROUP, XCLAIM, XAUTOCLAIM
 * and XACK, in whatever form, pipelines and transactions included; and those of channels and lists that the option
 * `payloads` names. The answer is the same object; a second time is a no-op. Nothing throws that ioredis would not have thrown.
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
/**
 * Handles a value that a list has given in a process span, in the context that it was pushed with. Of equal values the
 * one that came first is handled first. The answer is the handler's.
 */
export function processRedis<V extends RedisText, R>(list: string, value: V, handler: (value: V) => R): R
export function processRedis(...args: readonly unknown[]): unknown {
  const [given, second, third] = args
  if (typeof given === 'string' && typeof third === 'function') {
    return processValue(given, second as RedisText, third as Handler, defaultTracing)
  }
  if (isEntry(given)) {
    return processEntry(given, second as Handler, third as RedisSource | undefined, defaultTracing)
  }
  return processEntries(given, second as Handler, defaultTracing)
}

type Handler = (...args: unknown[]) => unknown

/** The options of `instrumentRedis`. */
export type { RedisOptions, RedisSource } from '@flowstitch/dialects/redis'
/** How channels and lists carry contexts. */
export type {
  ExtractedPayload,
  PayloadCodec,
  PayloadFormat,
  PayloadFormats,
  PayloadHeaders,
} from '@flowstitch/dialects/redis'
/** What its hooks get. */
export type { RedisEntry, RedisMessage, RedisOutgoing, RedisText } from '@flowstitch/dialects/redis'
/** What `instrumentRedis` takes. */
export type { RedisClient } from './tracing.ts'
