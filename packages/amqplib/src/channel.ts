import { errorMonitor } from 'node:events'
import { guard, wrapMethod, type Endpoint } from '@flowstitch/core'
import { TracedChannel } from '@flowstitch/dialects/rabbitmq'
import type { Message, Options } from 'amqplib'
import type { Publication } from './carrier.ts'
import type { AmqpKernel } from './message.ts'

export type Confirm = (this: unknown, ...answer: unknown[]) => unknown
export type OnMessage = (this: unknown, message: Message | null) => unknown

/** What the channels of the promise and the callback API, plain and confirming, have in common. */
export interface AmqpChannel {
  /** amqplib's inner connection, which has a socket of Node.js. */
  readonly connection?: { readonly frameMax?: number; readonly stream?: Partial<AmqpSocket> }
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
  on(event: string | symbol, listener: (...args: never[]) => void): unknown
}

interface AmqpSocket {
  readonly remoteAddress: string
  readonly remotePort: number
  /** The name that was looked up: not documented, and absent where an address was given. */
  readonly _host: string | null
  /** Of TLS sockets. */
  readonly servername: string | false | null
}

export type AmqpTracing = TracedChannel<Publication, Message>

/** Notes what a channel tells of itself, and of queues. */
export function watchChannel(channel: AmqpChannel, kernel: AmqpKernel): AmqpTracing {
  const endpoint = guard('reading the address of a broker', () => endpointOf(channel), {})
  const traced: AmqpTracing = new TracedChannel(kernel, endpoint)
  channel.on(errorMonitor, (error: unknown) => traced.failed(error))
  channel.on('close', () => traced.closed())
  wrapMethod(channel, 'assertQueue', (original) => (queue, options, ...rest) => {
    guard('noting a queue', () => kernel.temporary.note(queue, options), undefined)
    return original.call(channel, queue, options, ...rest)
  })
  return traced
}

/** Of connections: what the kernel keeps of an operation it keeps for one endpoint. */
const endpoints = new WeakMap<object, Endpoint>()

function endpointOf({ connection = {} }: AmqpChannel): Endpoint {
  const known = endpoints.get(connection)
  if (known) return known
  const endpoint = endpointAt(connection.stream ?? {})
  endpoints.set(connection, endpoint)
  return endpoint
}

/** The broker by the name that it was connected by, as far as the socket has kept it; else by its address, as its node is. */
function endpointAt({ servername, _host, remoteAddress, remotePort }: Partial<AmqpSocket>): Endpoint {
  return {
    serverAddress: servername || _host || remoteAddress,
    serverPort: remotePort,
    peerAddress: remoteAddress,
    peerPort: remotePort,
  }
}
