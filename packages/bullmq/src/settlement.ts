import { creationContext, settle, wrapMethod, type Processing } from '@flowstitch/core'
import type { Job } from 'bullmq'
import { receivedCarrier } from './carrier.ts'
import { placeFacts, queueDestination } from './message.ts'
import type { Backend, Tracing } from './tracing.ts'

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
export function wrapSettling(backend: Backend, tracing: Tracing): void {
  const { kernel, endpoint, place, attempts } = tracing
  for (const [method, verb] of Object.entries(VERBS)) {
    wrapMethod(backend as unknown as Settling, method as keyof Settling, (original) => (given, ...more) => {
      if (!tracing.isOn) return original.call(backend, given, ...more)
      const job = typeof given === 'object' ? given : undefined
      const id = job ? job.id : (given as string)
      const attempt = attempts.get(id ?? '')
      const processing = attempt?.processing ?? (job && handled.get(job))
      const creation = processing || !job ? undefined : creationContext(receivedCarrier, job)
      const operation = {
        ...verb,
        destination: queueDestination(place.queue),
        endpoint,
        nests: true,
        facts: placeFacts(place, id),
        processings: processing ? [processing] : [],
        creations: creation ? [creation] : [],
      }
      const answer = settle(kernel, operation, () => original.call(backend, given, ...more))
      attempt?.settled()
      return answer
    })
  }
}
