import { settle, wrapMethod, type Processing } from '@flowstitch/core'
import type { IQueueBackend, Job } from 'bullmq'
import { placeFacts, queueDestination } from './message.ts'
import type { Tracing } from './tracing.ts'

/** How a job is settled: BullMQ's word, and what becomes of the job. A job that has failed for good is `fail`. */
const VERBS = {
  moveToCompleted: { name: 'complete' },
  moveToFailed: { name: 'fail' },
  moveToDelayed: { name: 'delay', outcome: 'requeue' },
  retryJob: { name: 'retry', outcome: 'requeue' },
  moveJobFromActiveToWait: { name: 'wait', outcome: 'requeue' },
} as const

type Settling = Record<keyof typeof VERBS, (job: Job | string, ...more: unknown[]) => unknown>

/** The handling of jobs that the application has fetched itself. */
export const handled: WeakMap<Job, Processing> = new WeakMap()

/** Wraps what settles jobs: the worker's calls, and those of the application. */
export function wrapSettling(backend: IQueueBackend, tracing: Tracing): void {
  const { kernel, endpoint, place, attempts } = tracing
  for (const [method, verb] of Object.entries(VERBS)) {
    wrapMethod(backend as unknown as Settling, method as keyof Settling, (original) => (given, ...more) => {
      if (!tracing.isOn) return original.call(backend, given, ...more)
      const id = typeof given === 'object' ? given.id : given
      const attempt = attempts.get(id ?? '')
      const processing = attempt?.processing ?? handled.get(given as Job)
      const operation = {
        ...verb,
        destination: queueDestination(place.queue),
        endpoint,
        nests: true,
        facts: placeFacts(place, id),
        processings: processing ? [processing] : [],
      }
      const answer = settle(kernel, operation, () => original.call(backend, given, ...more))
      attempt?.settled()
      return answer
    })
  }
}
