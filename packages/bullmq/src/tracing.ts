import { Kernel, type Endpoint } from '@flowstitch/core'
import type { FlowProducer, QueueBase, WorkerOptions } from 'bullmq'
import type { Attempt } from './attempt.ts'
import { bullmqErrorCode } from './errors.ts'
import type { BullmqKernel, BullmqOptions, Place } from './message.ts'

export type BullmqClient = QueueBase | FlowProducer

/** What is known of one instrumented client. */
export class Tracing {
  readonly kernel: BullmqKernel
  readonly endpoint: Endpoint
  /** Of a flow producer: nowhere, it adds to any queue. */
  readonly place: Place
  /** The jobs that the worker is at, by their ids. */
  readonly attempts: Map<string, Attempt> = new Map()

  constructor(options: BullmqOptions, client: BullmqClient | undefined) {
    this.kernel = new Kernel({
      system: 'bullmq',
      scope: '@flowstitch/bullmq',
      options,
      classifyError: bullmqErrorCode,
    })
    const { connection, name: clientId } = (client?.opts ?? {}) as Partial<WorkerOptions>
    this.endpoint = { ...endpointOf(connection), clientId }
    this.place = placeOf(client)
  }

  /** Whether to trace the jobs of the client's own queue. */
  get isOn(): boolean {
    return this.kernel.traces(this.place.queue)
  }
}

function placeOf(client: BullmqClient | undefined): Place {
  const { name: queue = '', qualifiedName = '' } = (client ?? {}) as Partial<QueueBase>
  return { prefix: qualifiedName.slice(0, -queue.length - 1), queue }
}

type Connection = Readonly<Record<'host' | 'port' | 'sentinels', unknown>>

/** Of options or an ioredis client. Sentinels, clusters, URLs and sockets have no address that is known here. */
function endpointOf(connection: unknown): Endpoint {
  const { options } = (connection ?? {}) as { readonly options?: unknown }
  const { host, port, sentinels } = (options ?? connection ?? {}) as Connection
  if (typeof host !== 'string' || sentinels) return {}
  return { serverAddress: host, serverPort: Number(port ?? 6379) }
}

const known = new WeakMap<object, Tracing>()
let ofNobody: Tracing | undefined

/** Starts to know a client; undefined where it was known before. */
export function trace(client: BullmqClient, options: BullmqOptions): Tracing | undefined {
  if (known.has(client)) return undefined
  const tracing = new Tracing(options, client)
  known.set(client, tracing)
  return tracing
}

/** Of the client that a job came by; one with default options, where none was instrumented. */
export function tracingOf(client: object | undefined): Tracing {
  return (client && known.get(client)) ?? (ofNobody ??= new Tracing({}, undefined))
}
