import { guard, wrapMethod } from '@flowstitch/core'
import {
  acknowledge,
  popPayloads,
  readEntries,
  removeMoved,
  type RedisKernel,
} from '@flowstitch/dialects/redis'
import type { Command } from 'ioredis'
import { SentCommand, type Trace } from './command.ts'
import { wrapSubscriber } from './consumer.ts'
import { queuedOf, wrapPipelines } from './pipeline.ts'
import { SENDING } from './producer.ts'
import { Tracing, type RedisClient } from './tracing.ts'

/** The commands of streams, and of channels and lists that are opened: what is traced. All others pass. */
const COMMANDS: ReadonlyMap<string, Trace> = new Map<string, Trace>([
  ...SENDING,
  ['xack', acknowledge],
  ['xread', readEntries],
  ['xreadgroup', readEntries],
  ['xclaim', readEntries],
  ['xautoclaim', readEntries],
  ['lpop', popPayloads],
  ['rpop', popPayloads],
  ['blpop', popPayloads],
  ['brpop', popPayloads],
  ['lmpop', popPayloads],
  ['blmpop', popPayloads],
  ['lmove', popPayloads],
  ['blmove', popPayloads],
  ['rpoplpush', popPayloads],
  ['brpoplpush', popPayloads],
  ['lrem', removeMoved],
])

/** What is read has its context taken out in any case: what an application sees does not hang on an SDK. */
const ALWAYS: ReadonlySet<Trace> = new Set([readEntries, popPayloads, removeMoved])

/**
 * Wraps the way of all commands to the server. The methods (`xadd`, `xaddBuffer`, `call`, …) have too many
 * forms, and pipelines call none of them on the client; here a command has one form, its arguments are the
 * client's own copy, in one flat list with prefixes and without callbacks, and its reply comes by one method.
 */
export function wrapClient(client: RedisClient, kernel: RedisKernel): void {
  const tracing = new Tracing(kernel, client)
  const seen = new WeakSet<Command>()
  const make =
    (original: Send): Send =>
    (command, ...more) => {
      const trace = traceOf(kernel, command)
      const matters = trace && (ALWAYS.has(trace) || kernel.traces())
      // The client sends a command again after a reconnect, or once it is ready.
      if (!matters || seen.has(command)) return original.call(client, command, ...more)
      seen.add(command)
      const call = (): unknown => original.call(client, command, ...more)
      const queued = queuedOf(command)
      const run = (): unknown => trace(new SentCommand(tracing, command, queued?.pipeline, call))
      return queued ? queued.inContext(run) : run()
    }
  // OpenTelemetry's own instrumentation tells of calls of a database, below the spans of messages.
  wrapMethod(client as { sendCommand: Send }, 'sendCommand', make, { beside: true })
  wrapPipelines(client, (command) => traceOf(kernel, command) !== undefined)
  if (kernel.opensPayloads) wrapSubscriber(client, tracing)
  wrapDuplicates(client, kernel)
}

/** A blocking read takes a connection for itself, mostly a duplicate. */
function wrapDuplicates(client: RedisClient, kernel: RedisKernel): void {
  wrapMethod(client as unknown as Duplicating, 'duplicate', (original) => (...args) => {
    const duplicate = original.apply(client, args)
    guard('instrumenting a duplicate', () => wrapClient(duplicate, kernel), undefined)
    return duplicate
  })
}

type Send = (command: Command, ...more: unknown[]) => unknown

interface Duplicating {
  duplicate(...args: unknown[]): RedisClient
}

/** `call` keeps the name as it is given, even one that ioredis is about to refuse. */
function traceOf(kernel: RedisKernel, { name }: { readonly name: unknown }): Trace | undefined {
  if (typeof name !== 'string') return undefined
  if (!kernel.opensPayloads && name[0] !== 'x' && name[0] !== 'X') return undefined
  return COMMANDS.get(name.toLowerCase())
}
