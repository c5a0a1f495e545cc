import type { RedisTracing } from './kernel.ts'

/** A command that a client is about to send. */
export interface RedisCommand<R = unknown> {
  readonly tracing: RedisTracing
  /** In lower case. */
  readonly name: string
  /** Of the client's own, in one flat list, with prefixes. */
  readonly args: readonly unknown[]
  /** Sends it as it is; the answer is the client's own. */
  call(): R
  /** Sends it with these arguments. `seen` gets the reply first, before the application does, and may shape it. */
  exchange(args: readonly unknown[], seen?: (reply: unknown) => SeenReply): Exchange<R>
}

/** A reply on its way to the application. */
export interface SeenReply {
  /** What the application shall get. */
  readonly reply: unknown
  /** The messages in it, which end the exchange. */
  readonly messages: readonly unknown[]
}

/** A command that was sent. */
export interface Exchange<R> {
  /** The client's own. */
  readonly answer: R
  /** The reply, or the messages in it; rejects as the command does. */
  readonly reply: Promise<unknown>
}

/** Traces a command by its reply; the answer is the client's own, as is a rejection. */
export function traced<R>(
  command: RedisCommand<R>,
  trace: (exchange: (...how: Parameters<RedisCommand['exchange']>) => Promise<unknown>) => Promise<unknown>,
): R {
  let answer: R
  trace((...how) => {
    const sent = command.exchange(...how)
    answer = sent.answer
    return sent.reply
  }).catch(() => {})
  return answer!
}
