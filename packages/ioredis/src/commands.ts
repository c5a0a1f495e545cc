import { guard, wrapMethod } from '@flowstitch/core'
import type { Command } from 'ioredis'
import type { SentCommand } from './command.ts'
import { read } from './consumer.ts'
import { add } from './producer.ts'
import { queuedOf, wrapPipelines } from './pipeline.ts'
import { acknowledge } from './settlement.ts'
import { Tracing, type RedisClient } from './tracing.ts'
import type { RedisKernel } from './message.ts'

/** Traces a command; the answer is the client's own. */
type Trace = <R>(sent: SentCommand<R>) => R

/** The commands of streams that are traced; all others pass. */
const COMMANDS: ReadonlyMap<string, Trace> = new Map<string, Trace>([
  ['xadd', add],
  ['xack', acknowledge],
  ['xread', read],
  ['xreadgroup', read],
  ['xclaim', read],
  ['xautoclaim', read],
])

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
      const trace = traceOf(command)
      // What is read has its context taken out in any case: what an application sees does not hang on an SDK.
      const matters = trace && (trace === read || kernel.traces())
      // The client sends a command again after a reconnect, or once it is ready.
      if (!matters || seen.has(command)) return original.call(client, command, ...more)
      seen.add(command)
      const call = (): unknown => original.call(client, command, ...more)
      const name = command.name.toLowerCase()
      const queued = queuedOf(command)
      const run = (): unknown => trace({ tracing, command, name, pipeline: queued?.pipeline, call })
      return queued ? queued.inContext(run) : run()
    }
  // OpenTelemetry's own instrumentation tells of calls of a database, below the spans of messages.
  wrapMethod(client as { sendCommand: Send }, 'sendCommand', make, { beside: true })
  wrapPipelines(client, (command) => traceOf(command) !== undefined)
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
function traceOf({ name }: { readonly name: unknown }): Trace | undefined {
  if (typeof name !== 'string' || (name[0] !== 'x' && name[0] !== 'X')) return undefined
  return COMMANDS.get(name.toLowerCase())
}
