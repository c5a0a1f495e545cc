import { guard, Kernel, type Endpoint } from '@flowstitch/core'
import type { Cluster, Redis } from 'ioredis'
import { redisErrorCode } from './errors.ts'
import type { RedisKernel, RedisOptions } from './message.ts'

export type RedisClient = Redis | Cluster

/** What is known of one instrumented client. */
export class Tracing {
  readonly kernel: RedisKernel
  readonly endpoint: Endpoint
  /** The server and database, to tell entries of the same id apart. */
  readonly address: string

  constructor(kernel: RedisKernel, client: RedisClient | undefined) {
    this.kernel = kernel
    const { host, port, db, sentinels, connectionName } = (client?.options ?? {}) as ConnectionOptions
    // Sentinels and clusters lead to servers that change.
    const known = !sentinels && host !== undefined
    this.endpoint = {
      serverAddress: known ? host : undefined,
      serverPort: known ? port : undefined,
      clientId: connectionName ?? undefined,
    }
    this.address = `${host}:${port}/${db ?? 0}`
  }

  /** Whether the user wants a stream to be left as it is. */
  ignores(stream: string): boolean {
    const { ignore } = this.kernel.options
    return ignore !== undefined && guard('the option ignore', () => ignore(stream), false)
  }
}

interface ConnectionOptions {
  readonly host?: string
  readonly port?: number
  readonly db?: number
  readonly sentinels?: unknown
  readonly connectionName?: string | null
}

export function makeKernel(options: RedisOptions): RedisKernel {
  return new Kernel({ system: 'redis', scope: '@flowstitch/ioredis', options, classifyError: redisErrorCode })
}

let ofNobody: Tracing | undefined

/** For entries that came by a client that was not instrumented. */
export function defaultTracing(): Tracing {
  return (ofNobody ??= new Tracing(makeKernel({}), undefined))
}
