import type { Endpoint } from '@flowstitch/core'
import { RedisKernel, type RedisOptions, type RedisTracing } from '@flowstitch/dialects/redis'
import type { Cluster, Redis } from 'ioredis'

export type RedisClient = Redis | Cluster

/** What is known of one instrumented client. */
export class Tracing implements RedisTracing {
  readonly kernel: RedisKernel
  readonly endpoint: Endpoint
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
}

interface ConnectionOptions {
  readonly host?: string
  readonly port?: number
  readonly db?: number
  readonly sentinels?: unknown
  readonly connectionName?: string | null
}

export function makeKernel(options: RedisOptions): RedisKernel {
  return new RedisKernel('@flowstitch/ioredis', options)
}

let ofNobody: Tracing | undefined

/** For what came by a client that was not instrumented. */
export function defaultTracing(): Tracing {
  return (ofNobody ??= new Tracing(makeKernel({}), undefined))
}
