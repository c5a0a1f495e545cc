import { context, trace, SpanStatusCode } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import { DelayedError, Queue, UnrecoverableError, Worker, type Job } from 'bullmq'
import { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { instrumentBullmq, processBullmq } from '../src/index.ts'
import { each, idOf, linksOf, parentOf, setUp, startSpan, traceOf, within } from './bench.ts'
import { connection } from './support.ts'

const bench = setUp()
const ERROR = SpanStatusCode.ERROR

it('makes of retries attempts, each in a trace of its own that links to what added the job', async () => {
  const { queue } = bench()
  bench().worker(async ({ attemptsStarted }) => {
    startSpan('work').end()
    if (attemptsStarted < 3) throw new RangeError('not yet')
    return { secret: 'card-4242' }
  })
  const job = await within('request', () =>
    queue.add('pay', { card: 'card-4242' }, { attempts: 5, backoff: { type: 'exponential', delay: 20 } }),
  )
  const attempts = await bench().spans('process', 3)
  const request = await bench().recorder.waitFor(({ name }) => name === 'request')
  const added = await bench().span('add')
  expect(each(attempts, names.FLOWSTITCH_MESSAGE_ATTEMPT)).toEqual([1, 2, 3])
  expect(each(attempts, names.FLOWSTITCH_SETTLEMENT)).toEqual(['requeue', 'requeue', 'complete'])
  expect(each(attempts, names.ERROR_TYPE)).toEqual(['RangeError', 'RangeError', undefined])
  expect(each(attempts, names.FLOWSTITCH_RELATION_REASON)).toEqual(['single', 'redelivery', 'redelivery'])
  expect(attempts.map(({ status }) => status.code)).toEqual([ERROR, ERROR, SpanStatusCode.UNSET])
  expect(attempts.map(parentOf)).toEqual([idOf(added), undefined, undefined])
  expect(new Set(attempts.map(traceOf)).size).toBe(3)
  for (const attempt of attempts) {
    expect(linksOf(attempt)).toEqual([idOf(added)])
    expect(attempt.attributes).toMatchObject({
      [names.MESSAGING_MESSAGE_ID]: job.id,
      [names.FLOWSTITCH_MESSAGE_COORDINATE]: `bullmq/${bench().name}/${job.id}`,
      [names.FLOWSTITCH_FLOW_ID]: traceOf(request),
    })
  }
  const works = await bench().recorder.waitForAll(({ name }) => name === 'work', 3)
  expect(works.map(parentOf)).toEqual(attempts.map(idOf))
  await bench().span('complete')
  const told = bench().recorder.spans.map(({ attributes, events }) => JSON.stringify([attributes, events]))
  expect(told.join()).not.toContain('card-4242')
})

it('says of each attempt how it ended, below it', async () => {
  bench().worker(async ({ name, attemptsStarted }) => {
    if (name === 'never') throw new UnrecoverableError('never')
    if (attemptsStarted === 1 || name === 'always') throw new Error('again')
  })
  for (const [name, backoff] of [
    ['never', 0],
    ['at once', 0],
    ['later', 5],
    ['always', 0],
  ] as const) {
    await bench().queue.add(name, {}, { attempts: 2, backoff })
  }
  const attempts = await bench().spans('process', 7)
  await bench().spans('complete', 2)
  await bench().spans('fail', 2)
  const settled = (verb: string): string[] =>
    bench()
      .recorder.spans.filter(({ name }) => name === `${verb} ${bench().name}`)
      .map((span) => parentOf(span) ?? '')
  expect(settled('retry')).toHaveLength(2)
  expect(settled('delay')).toHaveLength(1)
  const ends = ['complete', 'fail', 'retry', 'delay'].flatMap(settled)
  expect(ends.toSorted()).toEqual(attempts.map((span) => idOf(span) ?? '').toSorted())
  const failed = attempts.filter(({ attributes }) => attributes[names.FLOWSTITCH_SETTLEMENT] === 'fail')
  expect(new Set(each(failed, names.ERROR_TYPE))).toEqual(new Set(['Error', 'UnrecoverableError']))
})

it('starts a trace for a job that was delayed, and tells the delay from the wait', async () => {
  await bench().queue.add('reminder', {}, { delay: 30 })
  bench().worker(async () => undefined)
  const handled = await bench().span('process')
  const added = await bench().span('add')
  expect(parentOf(handled)).toBeUndefined()
  expect(linksOf(handled)).toEqual([idOf(added)])
  expect(handled.attributes).toMatchObject({
    [names.FLOWSTITCH_RELATION_REASON]: 'delayed',
    [names.FLOWSTITCH_MESSAGE_DELAY]: 30,
  })
  expect(handled.attributes[names.FLOWSTITCH_MESSAGE_DWELL]).toBeGreaterThanOrEqual(30)
})

it('takes it for no failure that a handler has put its job off', async () => {
  bench().worker(async (job, token) => {
    if (job.attemptsStarted > 1) return
    await job.moveToDelayed(Date.now() + 5, token)
    throw new DelayedError()
  })
  await bench().queue.add('poll', {})
  const attempts = await bench().spans('process', 2)
  expect(each(attempts, names.FLOWSTITCH_SETTLEMENT)).toEqual(['requeue', 'complete'])
  expect(attempts.map(({ status }) => status.code)).toEqual([SpanStatusCode.UNSET, SpanStatusCode.UNSET])
  expect(parentOf(await bench().span('delay'))).toBe(idOf(attempts[0]))
})

it('takes it for no failure that a rate is limited', async () => {
  bench().worker(async ({ attemptsStarted }) => {
    if (attemptsStarted > 1) return
    await bench().queue.rateLimit(20)
    throw Worker.RateLimitError()
  })
  await bench().queue.add('call', {})
  const attempts = await bench().spans('process', 2)
  expect(each(attempts, names.FLOWSTITCH_SETTLEMENT)).toEqual(['requeue', 'complete'])
  expect(attempts.map(({ status }) => status.code)).toEqual([SpanStatusCode.UNSET, SpanStatusCode.UNSET])
})

it('makes of a stalled job a further attempt, and of one that stalled too often a failure without a handler', async () => {
  const token = 'lost'
  const stall = { lockDuration: 10, skipLockRenewal: true, stalledInterval: 20, maxStalledCount: 1 }
  const lost = bench().worker(undefined, stall)
  await bench().queue.add('once', {})
  expect(await lost.getNextJob(token)).toBeDefined()
  let handled = 0
  const working = { ...stall, skipLockRenewal: false, lockDuration: 5000 }
  const worker = bench().worker(async () => void handled++, working)
  const second = await bench().span('process')
  expect(second.attributes).toMatchObject({
    [names.FLOWSTITCH_MESSAGE_ATTEMPT]: 2,
    [names.FLOWSTITCH_RELATION_REASON]: 'redelivery',
    [names.FLOWSTITCH_SETTLEMENT]: 'complete',
  })
  await worker.pause()
  await bench().queue.add('twice', {})
  await lost.getNextJob(token)
  bench().worker(async () => void handled++, { ...working, maxStalledCount: 0 })
  const [, failed] = await bench().spans('process', 2)
  expect(handled).toBe(1)
  expect(failed?.status.code).toBe(ERROR)
  expect(failed?.attributes).toMatchObject({
    [names.ERROR_TYPE]: 'UnrecoverableError',
    [names.FLOWSTITCH_SETTLEMENT]: 'fail',
  })
})

it('shows that a job could not be settled, as somebody else has it', async () => {
  const errors: string[] = []
  const worker = bench().worker(
    async (job) => void (await bench().redis.del(`bull:${bench().name}:${job.id}:lock`)),
  )
  worker.on('error', ({ message }) => errors.push(message))
  await bench().queue.add('slow', {})
  const settled = await bench().span('complete')
  expect(settled.status.code).toBe(ERROR)
  expect(settled.attributes[names.ERROR_TYPE]).toBe('JobLockNotExist')
  expect((await bench().span('process')).status.code).toBe(SpanStatusCode.UNSET)
  await expect.poll(() => errors).toHaveLength(1)
})

it('names the worker, where it has a name', async () => {
  const options = { name: 'till' }
  instrumentBullmq(bench().bareWorker(async () => undefined, bench().name, options))
  await bench().queue.add('a', {})
  const spans = [await bench().span('process'), await bench().span('complete')]
  expect(each(spans, names.MESSAGING_CLIENT_ID)).toEqual(['till', 'till'])
})

it('joins a job of an uninstrumented producer by its coordinate alone', async () => {
  const job = await bench().bareQueue().add('a', {})
  bench().worker(async () => undefined)
  const handled = await bench().span('process')
  expect(handled.links).toEqual([])
  expect(handled.attributes).toMatchObject({
    [names.FLOWSTITCH_MESSAGE_COORDINATE]: `bullmq/${bench().name}/${job.id}`,
    [names.FLOWSTITCH_RELATION_REASON]: 'no-context',
    [names.FLOWSTITCH_MESSAGE_DWELL]: expect.any(Number),
  })
})

it('keeps the loops of a worker out of whatever it was made in', async () => {
  const seen = new Set<string | undefined>()
  const note = (): void => void seen.add(trace.getSpan(context.active())?.spanContext().spanId)
  const request = startSpan('request')
  const inRequest = trace.setSpan(context.active(), request)
  await context.with(inRequest, async () => {
    const worker = bench().worker(async () => undefined, { stalledInterval: 10, lockRenewTime: 10 })
    const backend = worker.getBackend()
    for (const method of ['moveToActive', 'waitForJob', 'moveStalledJobsToWait'] as const) {
      const original = backend[method].bind(backend) as (...args: unknown[]) => Promise<never>
      Object.assign(backend, {
        [method]: (...args: unknown[]) => {
          note()
          return original(...args)
        },
      })
    }
    await expect.poll(() => seen.size).toBeGreaterThan(0)
  })
  seen.clear()
  for (const n of [1, 2, 3]) await bench().queue.add('a', { n })
  await bench().spans('complete', 3)
  request.end()
  expect([...seen]).toEqual([undefined])
})

it('has the calls to Redis that add and settle jobs below their spans', async () => {
  const redis = new Redis({ ...connection(), maxRetriesPerRequest: null })
  const seen: (string | undefined)[] = []
  const original = redis.sendCommand.bind(redis)
  redis.sendCommand = (command, ...more) => {
    if (command.name === 'evalsha') seen.push(trace.getSpanContext(context.active())?.spanId)
    return original(command, ...more)
  }
  const queue = instrumentBullmq(bench().bareQueue(bench().name, { connection: redis }))
  instrumentBullmq(bench().bareWorker(async () => undefined, bench().name, { connection: redis }))
  await queue.waitUntilReady()
  await queue.add('a', {})
  const spans = [await bench().span('add'), await bench().span('complete')]
  expect(seen).toEqual(expect.arrayContaining(spans.map(idOf)))
  expect(new Set(seen)).toEqual(new Set([...spans.map(idOf), undefined]))
  redis.disconnect()
})

it('hands the handler what the bare worker hands it', async () => {
  const seen: unknown[] = []
  function handler(this: unknown, job: Job, token?: string, signal?: AbortSignal): Promise<string> {
    seen.push([this, arguments.length, typeof token, signal instanceof AbortSignal, job.data])
    return Promise.resolve('done')
  }
  const worker = bench().worker(handler)
  const job = await bench().queue.add('a', { n: 1 })
  await bench().span('complete')
  const [[self, ...rest]] = seen as [unknown[]]
  expect(self).toBe(worker)
  expect(rest).toEqual([3, 'string', true, { n: 1 }])
  await expect.poll(async () => (await bench().queue.getJob(job.id!))?.returnvalue as unknown).toBe('done')
})

it('handles a job that the application has fetched itself, and settles it below', async () => {
  const worker = bench().worker(undefined)
  await bench().queue.add('a', {})
  const job = await within<Job>('poll', () => worker.getNextJob('me'))
  await processBullmq(job, async (given) => {
    expect(given).toBe(job)
    await job.moveToCompleted('done', 'me', false)
  })
  const added = await bench().span('add')
  const handled = await bench().span('process')
  expect(linksOf(await bench().span('getNextJob'))).toEqual([idOf(added)])
  expect(parentOf(handled)).toBe(idOf(added))
  expect(parentOf(await bench().span('complete'))).toBe(idOf(handled))
  expect(handled.attributes[names.FLOWSTITCH_SETTLEMENT]).toBe('complete')
  expect(await worker.getNextJob('me', { block: false })).toBeUndefined()
  expect(bench().recorder.spans.filter(({ name }) => name.startsWith('getNextJob'))).toHaveLength(1)
})

it('leaves a queue alone that the user wants ignored', async () => {
  const traced: unknown[] = []
  bench().worker(async () => void traced.push(trace.getActiveSpan()), { tracing: { ignore: () => true } })
  const bare = new Queue(bench().name, { connection: bench().redis.options as { host: string } })
  await bare.add('a', {})
  await expect.poll(() => traced).toEqual([undefined])
  await bare.close()
  expect(bench().recorder.spans).toEqual([])
})
