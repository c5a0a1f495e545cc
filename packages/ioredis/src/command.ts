import { guard } from '@flowstitch/core'
import type { Command, Pipeline } from 'ioredis'
import type { Tracing } from './tracing.ts'

/** A command on its way to the server. */
export interface SentCommand<R> {
  readonly tracing: Tracing
  readonly command: Command
  /** The command's, in lower case. */
  readonly name: string
  /** What it waits in until it is sent. */
  readonly pipeline: Pipeline | undefined
  /** Sends it; the answer is the client's own. */
  readonly call: () => R
}

/** What the client's types keep to themselves. */
type Replying = Pick<Command, 'reject' | 'inTransaction'> & {
  transformReply: (raw: unknown) => unknown
}

/** Errors of the server tell of the command that they are for. */
type RedisError = Error & { readonly command?: { args: Command['args'] } }

/**
 * The reply that a command ends with. `seen` gets it first, before the promise or callback of the application
 * does, and may shape it. Nothing hangs on the application's promise: it is the client's own, as is its timing,
 * and a rejection that nobody handles stays one. A command in a pipeline ends with the pipeline: it may be
 * queued, repeated or discarded until then. `given` are the arguments that the application shall find in errors.
 */
export function replyOf(
  { command, pipeline }: SentCommand<unknown>,
  seen: (reply: unknown) => unknown = (reply) => reply,
  given: Command['args'] = command.args,
): Promise<unknown> {
  const replying = command as unknown as Replying
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  promise.catch(told)
  let end = (): void => reject(new Error('The transaction was discarded'))
  const ends = (how: () => void): void => {
    end = how
    if (!pipeline) end()
  }
  const transform = replying.transformReply
  replying.transformReply = (raw) => {
    const reply = transform.call(command, raw)
    if (!isQueued(replying, reply)) {
      const shaped = guard('reading a reply', () => seen(reply), undefined)
      ends(() => resolve(shaped))
    }
    return reply
  }
  watchRejection(replying, (error) => {
    if (error.command?.args === command.args) error.command.args = given
    ends(() => reject(error))
  })
  if (pipeline) pipeline.promise.then(() => end()).catch(() => end())
  return promise
}

/** For promises of ours: the application learns of a rejection by the client's own. */
export function told(): void {}

function watchRejection(command: Replying, onRejection: (error: RedisError) => void): void {
  const original = command.reject
  command.reject = (error) => {
    onRejection(error)
    original.call(command, error)
  }
}

/** What a transaction answers to each of its commands, until EXEC brings their replies. */
function isQueued({ inTransaction }: Replying, reply: unknown): boolean {
  return inTransaction && (typeof reply === 'string' || Buffer.isBuffer(reply)) && String(reply) === 'QUEUED'
}
