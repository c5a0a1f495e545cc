import { leaveToOthers } from '@flowstitch/core'
import type { Job } from 'bullmq'
import { processOne, wrapWorker, type WorkerInternals } from './consumer.ts'
import type { BullmqOptions } from './message.ts'
import { wrapAdding, wrapAddingFlows, wrapScheduling } from './producer.ts'
import { wrapSettling } from './settlement.ts'
import { trace, type BullmqClient } from './tracing.ts'

/**
 * Traces the jobs of a `Queue`, a `Worker` or a `FlowProducer`: their adding, their handling, each attempt in a
 * span and a context of its own, and how they end. The answer is the same object; a second time is a no-op. A
 * client that was given a `telemetry` of its own is left to that. Nothing throws that BullMQ would not have thrown.
 */
export function instrumentBullmq<C extends BullmqClient>(client: C, options: BullmqOptions = {}): C {
  if (client.opts.telemetry) {
    leaveToOthers(client.opts.telemetry, 'BullMQ')
    return client
  }
  const tracing = trace(client, options)
  if (!tracing) return client
  const backend = client.getBackend()
  wrapAdding(backend, tracing)
  wrapAddingFlows(backend, tracing)
  wrapScheduling(backend, tracing)
  wrapSettling(backend, tracing)
  if ('processJob' in client) wrapWorker(client as unknown as WorkerInternals, tracing)
  return client
}

/**
 * Handles a job that the application has fetched itself, by `worker.getNextJob`, in a process span and in the
 * job's context. The answer is the handler's. Workers that were given a handler need no such call.
 */
export function processBullmq<J extends Job, R>(job: J, handler: (job: J) => R): R {
  return processOne(job, handler)
}

/** The options of `instrumentBullmq`, and what its hooks get. */
export type { BullmqOptions, BullmqOutgoing } from './message.ts'
/** What `instrumentBullmq` takes. */
export type { BullmqClient } from './tracing.ts'
