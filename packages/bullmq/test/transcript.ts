import { randomUUID } from 'node:crypto'
import type { AdapterUnderTest } from '@flowstitch/testing'
import type { FlowProducer, Job, Queue, QueueEvents } from 'bullmq'
import { instrumentBullmq, type BullmqClient } from '../src/index.ts'
import { connection, type Client } from './support.ts'

type Log = (what: string, value: unknown) => void

/** What clients of either kind show of a script of right and wrong calls. */
export function transcriptWith(client: Client): AdapterUnderTest['transcript'] {
  return (which) => seenBy(client, which === 'instrumented')
}

async function seenBy(client: Client, instrument: boolean): Promise<readonly unknown[]> {
  const { FlowProducer, Queue, QueueEvents } = client
  const name = `transcript-${randomUUID()}`
  const seen: unknown[] = []
  const made = <C extends BullmqClient>(bare: C): C => {
    const answer = instrument ? instrumentBullmq(bare) : bare
    seen.push(['made', answer === bare, answer.constructor.name])
    return answer
  }
  const log: Log = (what, value) => {
    seen.push([what, JSON.stringify(value)?.replaceAll(name, 'QUEUE').replaceAll(UNIQUE, 'UNIQUE')])
  }
  const queue = made(new Queue(name, { connection: connection(), defaultJobOptions: { keepLogs: 3 } }))
  const flows = made(new FlowProducer({ connection: connection() }))
  const events = new QueueEvents(name, { connection: connection() })
  await events.waitUntilReady()
  try {
    await producing(queue, flows, log)
    await handling(client, queue, events, made, log)
    log('stored', await queue.getJobCounts())
    await queue.obliterate({ force: true })
  } finally {
    await Promise.all([queue.close(), flows.close(), events.close()])
  }
  await attempt(log, 'closed', () => queue.add('late', {}))
  return seen
}

/** Ids, times and traces, which differ from run to run. */
const UNIQUE = /[0-9a-f]{8}-[0-9a-f-]{27}|\b1[78]\d{11}\b/g

async function attempt(log: Log, what: string, call: () => unknown): Promise<void> {
  try {
    const answer = call()
    log(`${what} answers`, (answer as object | undefined)?.constructor.name)
    log(what, shown(await answer))
  } catch (error) {
    const { name, message, code } = error as Error & { code?: unknown }
    log(`${what} fails`, { name, message, code })
  }
}

/** What a job is, apart from what it is made of. */
function shown(value: unknown): unknown {
  const job = value as Job | undefined
  if (Array.isArray(value)) return value.map(shown)
  if (typeof value === 'object' && value && 'job' in value)
    return { ...value, job: shown((value as { job: Job }).job) }
  if (!job || typeof job !== 'object' || !('opts' in job)) return value
  const { id, name, data, delay, priority, attemptsStarted, attemptsMade, parentKey } = job
  // What of a job is BullMQ's own place for telemetry.
  const { telemetry: _, ...opts } = job.opts
  return { id, name, data, opts, delay, priority, attemptsStarted, attemptsMade, parentKey }
}

async function producing(queue: Queue, flows: FlowProducer, log: Log): Promise<void> {
  queue.on('waiting', (job) => log('waiting', job.name))
  await attempt(log, 'add', () => queue.add('a', { n: 1 }))
  await attempt(log, 'add with options', () => queue.add('b', undefined, { priority: 3, jobId: 'own' }))
  await attempt(log, 'add the same id', () => queue.add('b', {}, { jobId: 'own' }))
  await attempt(log, 'add without a context', () => queue.add('c', {}, { telemetry: { omitContext: true } }))
  await attempt(log, 'deduplicated', () => queue.add('d', {}, { deduplication: { id: 'once' } }))
  await attempt(log, 'deduplicated again', () => queue.add('d', {}, { deduplication: { id: 'once' } }))
  await attempt(log, 'a number as id', () => queue.add('e', {}, { jobId: '12' }))
  await attempt(log, 'no options', () => queue.add('f', {}, null as never))
  await attempt(log, 'data in a circle', () => queue.add('g', circle()))
  await attempt(log, 'no parent', () => queue.add('h', {}, { parent: { id: 'no', queue: 'bull:no' } }))
  await attempt(log, 'bulk', () =>
    queue.addBulk([
      { name: 'i', data: 1 },
      { name: 'j', data: 2, opts: {} },
    ]),
  )
  await attempt(log, 'nothing in bulk', () => queue.addBulk([]))
  await attempt(log, 'no bulk', () => queue.addBulk(undefined as never))
  await attempt(log, 'bad bulk', () =>
    queue.addBulk([{ name: 'k', data: 1, opts: { parent: { id: 'no', queue: 'bull:no' } } }]),
  )
  const flow = { name: 'parent', queueName: queue.name, children: [{ name: 'child', queueName: queue.name }] }
  await attempt(log, 'flow', () => flows.add(flow))
  await attempt(log, 'flows', () => flows.addBulk([flow, { ...flow, children: [] }]))
  await attempt(log, 'no flow', () => flows.add({ name: 'x' } as never))
  await attempt(log, 'flow without parent', () =>
    flows.add({ ...flow, opts: { parent: { id: 'no', queue: 'bull:no' } } }),
  )
  await attempt(log, 'scheduler', async () => {
    const { name, data } = await queue.upsertJobScheduler('often', { every: 3_600_000 }, { data: { n: 1 } })
    return { name, data }
  })
  await attempt(log, 'schedulers', async () => {
    const [scheduler] = await queue.getJobSchedulers()
    return [scheduler?.key, scheduler?.template, scheduler?.every]
  })
  await attempt(log, 'no scheduler', () => queue.upsertJobScheduler('bad', { pattern: 'never' }))
}

async function handling(
  { Worker, UnrecoverableError }: Client,
  queue: Queue,
  events: QueueEvents,
  made: <C extends BullmqClient>(client: C) => C,
  log: Log,
): Promise<void> {
  await queue.removeJobScheduler('often')
  await queue.drain(true)
  const worker = made(
    new Worker(queue.name, handlerOf(UnrecoverableError), {
      connection: connection(),
      settings: { backoffStrategy: () => 1 },
    }),
  )
  // In an order of their own: what the queue's events tell comes by another connection.
  const told: [string, unknown][] = []
  worker.on('active', (job) => told.push(['active', shown(job)]))
  worker.on('completed', (job, result) => told.push(['completed', [shown(job), result]]))
  worker.on('failed', (job, { message }) => told.push(['failed', [shown(job), message]]))
  worker.on('error', ({ message }) => told.push(['error', message]))
  for (const job of ['good', 'bad', 'worse', 'text', 'again', 'nothing']) {
    await attempt(log, job, async () => {
      const opts = { attempts: 3, backoff: { type: 'custom' } }
      const added = await queue.add(job, { n: 1 }, opts)
      return added.waitUntilFinished(events)
    })
  }
  await attempt(log, 'run again', () => worker.run())
  await worker.close()
  for (const [what, value] of told) log(what, value)
}

function handlerOf(UnrecoverableError: Client['UnrecoverableError']) {
  return async function handler(this: unknown, job: Job, token: string | undefined): Promise<unknown> {
    if (job.name === 'bad') throw new RangeError(`bad ${job.attemptsStarted}`)
    if (job.name === 'worse') throw new UnrecoverableError('worse')
    // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- users throw anything
    if (job.name === 'text') throw 'text'
    if (job.name === 'again' && job.attemptsStarted === 1) {
      await job.moveToDelayed(Date.now() + 1, token)
      throw Object.assign(new Error('later'), { name: 'DelayedError' })
    }
    if (job.name === 'nothing') return undefined
    return { this: typeof this, token: typeof token, stored: job.data }
  }
}

function circle(): object {
  const round: { self?: object } = {}
  round.self = round
  return round
}
