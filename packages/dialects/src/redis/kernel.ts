import { guard, Kernel, type Endpoint, type InstrumentationOptions } from '@flowstitch/core'
import type { RedisEntry, RedisOutgoing } from './entry.ts'
import { redisErrorCode } from './errors.ts'
import type { RedisMessage } from './message.ts'
import { codecOf, type PayloadCodec, type PayloadFormats } from './payload.ts'

/** The options of Redis adapters. */
export interface RedisOptions extends InstrumentationOptions<
  RedisOutgoing | RedisMessage,
  RedisEntry | RedisMessage
> {
  /**
   * How messages of channels and values of lists carry the context, which have no headers. Those that are not named
   * here are neither traced nor touched. All who read one that is named must know the format.
   */
  payloads?: PayloadFormats
}

/** The kernel of a Redis client, which knows what payloads carry. */
export class RedisKernel extends Kernel<RedisOutgoing | RedisMessage, RedisEntry | RedisMessage> {
  readonly #payloads: PayloadFormats | undefined

  constructor(scope: string, { payloads, ...options }: RedisOptions) {
    super({ system: 'redis', scope, options, classifyError: redisErrorCode })
    this.#payloads = payloads
  }

  /** Whether the user wants a stream, channel or list to be left as it is. */
  ignores(name: string): boolean {
    const { ignore } = this.options
    return ignore !== undefined && guard('the option ignore', () => ignore(name), false)
  }

  /** Whether there are channels or lists to be traced. */
  get opensPayloads(): boolean {
    return this.#payloads !== undefined
  }

  /** The codec of a channel or list; undefined for those that are left as they are. */
  codecOf(name: string): PayloadCodec | undefined {
    const payloads = this.#payloads
    return payloads && guard('the option payloads', () => codecOf(payloads, name), undefined)
  }
}

/** What is known of one instrumented client. */
export interface RedisTracing {
  readonly kernel: RedisKernel
  readonly endpoint: Endpoint
  /** The server and database, to tell entries of the same id apart. */
  readonly address: string
}
