import { guard, keepContext, wrapMethod } from '@flowstitch/core'
import type { Command, Pipeline } from 'ioredis'
import type { RedisClient } from './tracing.ts'

/** A command of a pipeline: it is sent later than it was called, out of another context. */
export interface Queued {
  readonly pipeline: Pipeline
  /** Runs in the context that the command was called in. */
  readonly inContext: <R>(run: () => R) => R
}

/** Commands in pipelines, transactions, and the pipelines that the client makes by itself. */
const queue = new WeakMap<Command, Queued>()

export function queuedOf(command: Command): Queued | undefined {
  return queue.get(command)
}

/** Remembers of each command of a client's pipelines where it was called. `matters` tells which are traced. */
export function wrapPipelines(client: RedisClient, matters: (command: Command) => boolean): void {
  for (const name of ['pipeline', 'multi'] as const) {
    wrapMethod(
      client as unknown as Record<string, (...args: unknown[]) => unknown>,
      name,
      (original) =>
        (...args) => {
          const made = original.apply(client, args)
          if (isPipeline(made)) guard('watching a pipeline', () => watch(made, matters), undefined)
          return made
        },
    )
  }
}

function watch(pipeline: Pipeline, matters: (command: Command) => boolean): void {
  const remember = (command: Command): void => {
    if (matters(command)) queue.set(command, { pipeline, inContext: keepContext() })
  }
  // oxlint-disable-next-line no-underscore-dangle -- what `pipeline([[…]])` has queued already
  for (const command of (pipeline as unknown as { _queue?: Command[] })._queue ?? []) remember(command)
  wrapMethod(pipeline, 'sendCommand', (original) => (command: Command) => {
    remember(command)
    return original.call(pipeline, command)
  })
}

function isPipeline(made: unknown): made is Pipeline {
  return (made as { isPipeline?: unknown } | undefined)?.isPipeline === true
}
