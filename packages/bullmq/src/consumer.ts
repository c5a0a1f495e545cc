import { detached, observe, receive, startProcess, wrapMethod, type Processing } from '@flowstitch/core'
import type { Job } from 'bullmq'
import { Attempt } from './attempt.ts'
import { receivedCarrier } from './carrier.ts'
import { queueDestination, receivedFacts } from './message.ts'
import { handled } from './settlement.ts'
import { tracingOf, type Tracing } from './tracing.ts'

/** What a worker's types keep to its subclasses. The same in all versions 6. */
export interface WorkerInternals {
  processJob(job: Job, ...more: unknown[]): Promise<unknown>
  callProcessJob(job: Job, ...more: unknown[]): Promise<unknown>
  getNextJob(...args: unknown[]): Promise<Job | undefined>
  handleFailed(error: unknown, job: Job, ...more: unknown[]): Promise<unknown>
  retryIfFailed(...args: unknown[]): Promise<unknown>
  moveStalledJobsToWait(...args: unknown[]): Promise<unknown>
  extendJobLocks(...args: unknown[]): Promise<unknown>
}

/** The loops of a worker, which go on for as long as it lives: whatever it was made in has nothing to do with them. */
const LOOPS = ['retryIfFailed', 'moveStalledJobsToWait', 'extendJobLocks'] as const

/** Wraps the handling of the jobs that a worker fetches, and the fetching of jobs by the application. */
export function wrapWorker(worker: WorkerInternals, tracing: Tracing): void {
  const { attempts } = tracing
  wrapFetching(worker, tracing)
  for (const name of LOOPS) {
    wrapMethod(worker, name, (original) => (...args) => {
      if (!tracing.isOn) return original.apply(worker, args)
      return detached(() => original.apply(worker, args))
    })
  }
  wrapMethod(worker, 'processJob', (original) => (job, ...more) => {
    if (!tracing.isOn) return original.call(worker, job, ...more)
    const id = job.id ?? ''
    const attempt = new Attempt(start(tracing, job, { pulled: false, delivers: true }))
    const end = (): void => {
      // A stalled job may have come to the same worker a second time.
      if (attempts.get(id) === attempt) attempts.delete(id)
      attempt.end()
    }
    attempts.set(id, attempt)
    return observe(() => detached(() => original.call(worker, job, ...more)), end, end)
  })
  wrapMethod(worker, 'callProcessJob', (original) => (job, ...more) => {
    const attempt = attempts.get(job.id ?? '')
    if (!attempt) return original.call(worker, job, ...more)
    return observe(
      () => attempt.processing.run(() => original.call(worker, job, ...more)),
      () => attempt.over(),
      () => attempt.over(),
    )
  })
  // By the handler, or, where a job has stalled too often, without one.
  wrapMethod(worker, 'handleFailed', (original) => (error, job, ...more) => {
    attempts.get(job.id ?? '')?.failed(error)
    return original.call(worker, error, job, ...more)
  })
}

/** Jobs that a receive span has accounted for. */
const received = new WeakSet<Job>()

/** A worker's loop has ways of its own. */
function wrapFetching(worker: WorkerInternals, tracing: Tracing): void {
  const { kernel, endpoint, place } = tracing
  wrapMethod(worker, 'getNextJob', (original) => (...args) => {
    if (!tracing.isOn) return original.apply(worker, args)
    const operation = {
      name: 'getNextJob',
      destination: queueDestination(place.queue),
      endpoint,
      carrier: receivedCarrier,
      single: true,
      messages: (job: Job | undefined) => {
        if (job) received.add(job)
        return job ? [job] : []
      },
      facts: (job: Job) => receivedFacts(job, kernel.options),
    }
    return receive(kernel, operation, () => original.apply(worker, args))
  })
}

/** Handles a job that the application has fetched itself. */
export function processOne<J extends Job, R>(job: J, handler: (job: J) => R): R {
  const tracing = tracingOf((job as unknown as { readonly queue?: object }).queue)
  if (!tracing.kernel.traces(job.queueName)) return handler(job)
  const processing = start(tracing, job, { pulled: true, delivers: !received.has(job) })
  handled.set(job, processing)
  return processing.handle(() => handler(job))
}

/** How a job came to be handled; see `ProcessOperation`. */
type Delivery = Readonly<Record<'pulled' | 'delivers', boolean>>

function start({ kernel, endpoint }: Tracing, job: Job, delivery: Delivery): Processing {
  return startProcess(kernel, {
    name: 'process',
    destination: queueDestination(job.queueName),
    endpoint,
    message: job,
    facts: () => receivedFacts(job, kernel.options),
    carrier: receivedCarrier,
    ...delivery,
  })
}
