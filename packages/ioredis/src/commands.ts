import { guard, wrapMethod } from '@flowstitch/core'
import type { Command } from 'ioredis'
import { claimOf, readOf, type Read } from './arguments.ts'
import { read } from './consumer.ts'
import { add } from './producer.ts'
import { queuedOf, wrapPipelines, type Queued } from './pipeline.ts'
import { entriesOf, streamsOf, type StreamEntries } from './reply.ts'
import { acknowledge } from './settlement.ts'
import { Tracing, type RedisClient } from './tracing.ts'
import type { RedisKernel } from './message.ts'

type Trace = <R>(tracing: Tracing, command: Command, queued: Queued | undefined, call: () => R) => R

interface Traced {
  readonly trace: Trace
  /** What is read has its context taken out in any case: what an application sees does not hang on an SDK. */
  readonly reads: boolean
}

/** The commands of streams that are traced; all others pass. */
const COMMANDS: ReadonlyMap<string, Traced> = new Map<string, Traced>([
  ['xadd', { trace: add, reads: false }],
  ['xack', { trace: acknowledge, reads: false }],
  ['xread', reading('xread', (args) => readOf('xread', args), streamsOf)],
  ['xreadgroup', reading('xreadgroup', (args) => readOf('xreadgroup', args), streamsOf)],
  ['xclaim', claiming('xclaim', (reply) => reply)],
  ['xautoclaim', claiming('xautoclaim', (reply) => (Array.isArray(reply) ? reply[1] : undefined))],
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
      const found = tracedOf(command)
      const matters = found && (found.reads || kernel.traces())
      // The client sends a command again after a reconnect, or once it is ready.
      if (!matters || seen.has(command)) return original.call(client, command, ...more)
      seen.add(command)
      const call = (): unknown => original.call(client, command, ...more)
      const queued = queuedOf(command)
      const run = (): unknown => found.trace(tracing, command, queued, call)
      return queued ? queued.inContext(run) : run()
    }
  // OpenTelemetry's own instrumentation tells of calls of a database, below the spans of messages.
  wrapMethod(client as { sendCommand: Send }, 'sendCommand', make, { beside: true })
  wrapPipelines(client, (command) => tracedOf(command) !== undefined)
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
function tracedOf({ name }: { readonly name: unknown }): Traced | undefined {
  if (typeof name !== 'string' || (name[0] !== 'x' && name[0] !== 'X')) return undefined
  return COMMANDS.get(name.toLowerCase())
}

function reading(
  name: string,
  parse: (args: readonly unknown[]) => Read | undefined,
  entriesIn: (reply: unknown) => readonly StreamEntries[],
): Traced {
  const trace: Trace = (tracing, command, queued, call) => {
    const asked = guard('reading a command', () => parse(command.args), undefined)
    return asked ? read(tracing, command, name, asked, queued, entriesIn, call) : call()
  }
  return { trace, reads: true }
}

function claiming(name: string, listIn: (reply: unknown) => unknown): Traced {
  const trace: Trace = (tracing, command, queued, call) => {
    const asked = claimOf(command.args)
    const [stream = ''] = asked.streams
    return read(tracing, command, name, asked, queued, (reply) => [[stream, entriesOf(listIn(reply))]], call)
  }
  return { trace, reads: true }
}
