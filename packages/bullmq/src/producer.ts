import { send, wrapMethod, type MessageFacts, type SendOperation, type SendOutcome } from '@flowstitch/core'
import type { IQueueBackend, JobsOptions } from 'bullmq'
import { sentCarrier, withoutContext } from './carrier.ts'
import { codeName } from './errors.ts'
import { placeFacts, queueDestination, sentFacts, type BullmqOutgoing } from './message.ts'
import type { Tracing } from './tracing.ts'

/** Wraps what adds jobs to a queue: behind `Queue.add` and `addBulk`, and behind whatever else makes jobs. */
export function wrapAdding(backend: IQueueBackend, tracing: Tracing): void {
  const { place } = tracing
  const { queue } = place
  wrapMethod(backend, 'addJob', (original) => (job, ...more) => {
    if (!tracing.isOn) return original.call(backend, job, ...more)
    const call = (opts: JobsOptions): Promise<string> => original.call(backend, { ...job, opts }, ...more)
    return add(tracing, { ...job, queue }, call, (id) => placeFacts(place, id))
  })
  wrapMethod(backend, 'addJobs', (original) => (entries) => {
    if (!tracing.isOn || entries.length === 0) return original.call(backend, entries)
    const messages = entries.map(({ job }) => ({ ...job, queue }))
    return addAll(
      tracing,
      messages,
      (opts) => {
        const prepared = entries.map((entry, at) => ({ ...entry, job: { ...entry.job, opts: opts[at]! } }))
        return original.call(backend, prepared)
      },
      (ids) => ({ facts: (index) => placeFacts(place, ids[index]) }),
    )
  })
}

/** Wraps what adds flows: all jobs of one call, of whatever queues, are one call to the data store. */
export function wrapAddingFlows(backend: IQueueBackend, tracing: Tracing): void {
  wrapMethod(backend, 'addFlow', (original) => (entries) => {
    if (!tracing.kernel.traces()) return original.call(backend, entries)
    const all = entries.map((entry, at) => ({
      entry,
      at,
      message: { ...entry.jobData, queue: entry.queueName },
    }))
    const traced = all.filter(({ message }) => tracing.kernel.traces(message.queue))
    if (traced.length === 0) return original.call(backend, entries)
    return addAll(
      tracing,
      traced.map(({ message }) => message),
      (opts) => {
        const prepared = [...entries]
        for (const [index, { entry, at }] of traced.entries()) {
          prepared[at] = { ...entry, jobData: { ...entry.jobData, opts: opts[index]! } }
        }
        return original.call(backend, prepared)
      },
      (answers) => ({
        facts(index) {
          const { prefix, queueName: queue, jobId } = traced[index]!.entry
          return placeFacts({ prefix, queue }, jobId)
        },
        refused(index) {
          const [error, code] = answers[traced[index]!.at] ?? []
          return error ? error.name : codeName(code)
        },
      }),
    )
  })
}

/** Wraps what schedules the next job of a job scheduler: at first in the user's call, then in the worker's loop. */
export function wrapScheduling(backend: IQueueBackend, tracing: Tracing): void {
  const { place } = tracing
  const { queue } = place
  wrapMethod(backend, 'addJobScheduler', (original) => (id, next, data, template, repeat, opts, ...more) => {
    const call = (given: JobsOptions): Promise<[string, number]> =>
      original.call(backend, id, next, data, template, repeat, given, ...more)
    if (!tracing.isOn) return call(opts)
    const message = { queue, name: repeat.name ?? id, data, opts }
    return add(tracing, message, call, ([jobId]) => placeFacts(place, jobId))
  })
  wrapMethod(backend, 'updateJobSchedulerNextMillis', (original) => (id, next, data, opts, ...more) => {
    const call = (given: JobsOptions): Promise<string | null> =>
      original.call(backend, id, next, data, given, ...more)
    if (!tracing.isOn) return call(opts)
    const message = { queue, name: id, data, opts: withoutContext(opts) }
    return add(tracing, message, call, (jobId) => (jobId ? placeFacts(place, jobId) : { duplicate: true }))
  })
}

/** Adds one job; `call` is given its options, with the context in them. */
function add<R>(
  tracing: Tracing,
  message: BullmqOutgoing,
  call: (opts: JobsOptions) => R,
  facts: (answer: Awaited<R>) => MessageFacts,
): R {
  const operation = { ...addOperation(tracing, [message]), batch: false }
  const outcome = (answer: Awaited<R>): SendOutcome => ({ facts: () => facts(answer) })
  return send(tracing.kernel, operation, ([prepared = message]) => call(prepared.opts), outcome)
}

/** Adds several jobs in one call. */
function addAll<R>(
  tracing: Tracing,
  messages: readonly BullmqOutgoing[],
  call: (opts: readonly JobsOptions[]) => R,
  outcome: (answer: Awaited<R>) => SendOutcome,
): R {
  const operation = addOperation(tracing, messages)
  return send(tracing.kernel, operation, (prepared) => call(prepared.map(({ opts }) => opts)), outcome)
}

function addOperation(
  { kernel, endpoint }: Tracing,
  messages: readonly BullmqOutgoing[],
): SendOperation<BullmqOutgoing> {
  const [first] = messages
  const common = first && messages.every(({ queue }) => queue === first.queue)
  return {
    name: 'add',
    destination: common ? queueDestination(first.queue) : undefined,
    endpoint,
    nests: true,
    batch: true,
    messages,
    carrier: sentCarrier,
    facts(message) {
      const facts = sentFacts(message, kernel.options)
      return common ? facts : { ...facts, destination: queueDestination(message.queue) }
    },
  }
}
