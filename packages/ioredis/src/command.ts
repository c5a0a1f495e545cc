import { guard } from '@flowstitch/core'
import type { Exchange, RedisCommand, RedisTracing, SeenReply } from '@flowstitch/dialects/redis'
import type { Command, Pipeline } from 'ioredis'

/** Traces a command; the answer is the client's own. */
export type Trace = <R>(command: RedisCommand<R>) => R

/** A command of the client's own on its way to the server. */
export class SentCommand<R> implements RedisCommand<R> {
  readonly tracing: RedisTracing
  readonly name: string
  readonly call: () => R
  readonly #command: Command
  /** What it waits in until it is sent. */
  readonly #pipeline: Pipeline | undefined

  constructor(tracing: RedisTracing, command: Command, pipeline: Pipeline | undefined, call: () => R) {
    this.tracing = tracing
    this.name = command.name.toLowerCase()
    this.call = call
    this.#command = command
    this.#pipeline = pipeline
  }

  get args(): Command['args'] {
    return this.#command.args
  }

  exchange(args: readonly unknown[], seen: (reply: unknown) => SeenReply = asItIs): Exchange<R> {
    const command = this.#command
    const given = command.args
    if (args !== given) {
      command.args = args as Command['args']
      if (args.some((arg) => Buffer.isBuffer(arg))) (command as unknown as Writing).bufferMode = true
    }
    const reply = replyOf(command, this.#pipeline, seen, given)
    return { answer: this.call(), reply }
  }
}

function asItIs(reply: unknown): SeenReply {
  return { reply, messages: [] }
}

/** How the client writes a command that has Buffers among its arguments. */
interface Writing {
  bufferMode: boolean
}

/** What the client's types keep to themselves. */
type Replying = Pick<Command, 'reject' | 'inTransaction'> & {
  transformReply: (raw: unknown) => unknown
}

/** Errors of the server tell of the command that they are for. */
type RedisError = Error & { readonly command?: { args: Command['args'] } }

/**
 * The reply that a command ends with. `seen` gets it first, before the promise or callback of the application
 * does, and shapes it. Nothing hangs on the application's promise: it is the client's own, as is its timing,
 * and a rejection that nobody handles stays one. A command in a pipeline ends with the pipeline: it may be
 * queued, repeated or discarded until then. `given` are the arguments that the application shall find in errors.
 */
function replyOf(
  command: Command,
  pipeline: Pipeline | undefined,
  seen: (reply: unknown) => SeenReply,
  given: Command['args'],
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
    if (isQueued(replying, reply)) return reply
    const shaped = guard('reading a reply', () => seen(reply), asItIs(reply))
    ends(() => resolve(seen === asItIs ? reply : shaped.messages))
    return shaped.reply
  }
  watchRejection(replying, (error) => {
    if (error.command?.args === command.args) error.command.args = given
    ends(() => reject(error))
  })
  if (pipeline) pipeline.promise.then(() => end()).catch(() => end())
  return promise
}

/** For promises of ours: the application learns of a rejection by the client's own. */
function told(): void {}

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
