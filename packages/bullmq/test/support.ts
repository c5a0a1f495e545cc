import { brokersFromEnvironment } from '@flowstitch/brokers'
import type { FlowProducer, JobsOptions, Queue, QueueEvents, UnrecoverableError, Worker } from 'bullmq'

/** Where Redis is. */
export function connection(): { host: string; port: number } {
  const { hostname, port } = new URL(brokersFromEnvironment().redis)
  return { host: hostname, port: Number(port || 6379) }
}

export type Headers = Readonly<Record<string, string>>

/** The headers of a job, as its telemetry metadata has them. */
export function headersOf({ telemetry }: JobsOptions): Headers {
  return JSON.parse(telemetry?.metadata || '{}') as Headers
}

/** What a version of the client exports. */
export interface Client {
  readonly FlowProducer: typeof FlowProducer
  readonly Queue: typeof Queue
  readonly QueueEvents: typeof QueueEvents
  readonly UnrecoverableError: typeof UnrecoverableError
  readonly Worker: typeof Worker
}
