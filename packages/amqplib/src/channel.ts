import { errorMonitor } from 'node:events'
import { guard, wrapMethod, type Endpoint } from '@flowstitch/core'
import type { Message, Options } from 'amqplib'
import { Deliveries } from './deliveries.ts'
import { ChannelClosed } from './errors.ts'
import type { AmqpKernel } from './kernel.ts'

export type Confirm = (this: unknown, ...answer: unknown[]) => unknown
export type OnMessage = (this: unknown, message: Message | null) => unknown

/** amqplib's inner connection, which has a socket of Node.js. */
interface Connection {
  readonly frameMax?: number
  readonly stream?: {
    readonly remoteAddress?: string
    readonly remotePort?: number
    /** The name that was looked up: not documented, and absent where an address was given. */
    readonly _host?: string | null
    /** Of TLS sockets. */
    readonly servername?: string | false | null
  }
}

/** What the channels of the promise and the callback API, plain and confirming, have in common. */
export interface AmqpChannel {
  readonly connection?: Connection
  publish(
    exchange: string,
    routingKey: string,
    content: Buffer,
    options?: Options.Publish,
    confirm?: Confirm,
  ): boolean
  waitForConfirms?: unknown
  assertQueue(queue?: string, options?: Options.AssertQueue, ...rest: unknown[]): unknown
  consume(queue: string, onMessage: OnMessage, options?: Options.Consume, ...rest: unknown[]): unknown
  get(queue: string, options?: Options.Get, ...rest: unknown[]): unknown
  ack(message: Message, allUpTo?: boolean): unknown
  ackAll(): unknown
  nack(message: Message, allUpTo?: boolean, requeue?: boolean): unknown
  nackAll(requeue?: boolean): unknown
  reject(message: Message, requeue?: boolean): unknown
  recover(...rest: unknown[]): unknown
  on(event: string | symbol, listener: (...args: never[]) => void): unknown
}

/** A channel and what is known of it. */
export class TracedChannel {
  readonly channel: AmqpChannel
  readonly kernel: AmqpKernel
  readonly endpoint: Endpoint
  readonly deliveries: Deliveries = new Deliveries()
  #error: unknown

  constructor(channel: AmqpChannel, kernel: AmqpKernel) {
    this.channel = channel
    this.kernel = kernel
    this.endpoint = guard('reading the address of a broker', () => endpointOf(channel), {})
    wrapMethod(channel, 'assertQueue', (original) => (queue, options, ...rest) => {
      guard('noting a queue', () => kernel.temporary.note(queue, options), undefined)
      return original.call(channel, queue, options, ...rest)
    })
    channel.on(errorMonitor, (error: unknown) => {
      this.#error = error
    })
    channel.on('close', () => this.deliveries.lose(this.closeReason()))
  }

  /** Why the channel was closed: the broker's words, where it had any. */
  closeReason(): unknown {
    return this.#error ?? new ChannelClosed()
  }
}

/** The broker by the name that it was connected by, as far as the socket has kept it; else by its address. */
function endpointOf({ connection }: AmqpChannel): Endpoint {
  const { servername, _host, remoteAddress, remotePort } = connection?.stream ?? {}
  return { serverAddress: servername || _host || remoteAddress, serverPort: remotePort }
}
