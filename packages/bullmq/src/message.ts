import type { Destination, InstrumentationOptions, Kernel, MessageFacts } from '@flowstitch/core'
import type { Job, JobsOptions } from 'bullmq'

/** A job that is about to be added. */
export interface BullmqOutgoing {
  readonly queue: string
  readonly name: string
  /** As BullMQ stores it: JSON. */
  readonly data: string
  readonly opts: JobsOptions
}

export type BullmqOptions = InstrumentationOptions<BullmqOutgoing, Job>
export type BullmqKernel = Kernel<BullmqOutgoing, Job>

export function queueDestination(queue: string): Destination {
  return { name: queue }
}

/** Where a queue keeps its jobs. */
export interface Place {
  /** Of its keys; none where jobs are not kept in Redis. */
  readonly prefix: string
  readonly queue: string
}

const DEFAULT_PREFIX = 'bull'

/** Where BullMQ has put a job. Queues of one name under several prefixes are several queues. */
export function placeFacts({ prefix, queue }: Place, id: string | undefined): MessageFacts {
  if (id === undefined) return {}
  const owner = prefix === '' || prefix === DEFAULT_PREFIX ? queue : `${prefix}:${queue}`
  return { id, coordinate: `bullmq/${owner}/${id}` }
}

/** What is known of a job before it is added. */
export function sentFacts({ data, opts }: BullmqOutgoing, { captureBodySize }: BullmqOptions): MessageFacts {
  return { delayMs: delayOf(opts), bodySize: captureBodySize ? Buffer.byteLength(data) : undefined }
}

/** What a worker is told of a job: `attemptsStarted` counts every delivery, `attemptsMade` those that failed. */
export function receivedFacts(job: Job, { captureBodySize }: BullmqOptions): MessageFacts {
  return {
    ...placeFacts({ prefix: job.prefix, queue: job.queueName }, job.id),
    attempt: job.attemptsStarted > 0 ? job.attemptsStarted : undefined,
    sentTimeMs: job.timestamp,
    // Later attempts have waited for something else.
    delayMs: job.attemptsStarted > 1 ? undefined : delayOf(job.opts),
    bodySize: captureBodySize ? Buffer.byteLength(JSON.stringify(job.data)) : undefined,
  }
}

/** Anything else is no delay for BullMQ either. */
function delayOf({ delay }: JobsOptions): number | undefined {
  return typeof delay === 'number' ? delay : undefined
}
