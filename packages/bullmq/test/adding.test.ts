import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import { expect, it } from 'vitest'
import { instrumentBullmq } from '../src/index.ts'
import { each, idOf, linksOf, parentOf, setUp, within } from './bench.ts'
import { headersOf } from './support.ts'

const bench = setUp()

it('tells of a job that was added what BullMQ has answered', async () => {
  const job = await bench().queue.add('welcome', { to: 'a@b.c' }, { delay: 60_000 })
  const span = await bench().span('add')
  expect(span.kind).toBe(SpanKind.PRODUCER)
  expect(span.attributes).toMatchObject({
    [names.MESSAGING_SYSTEM_NAME]: 'bullmq',
    [names.MESSAGING_MESSAGE_ID]: job.id,
    [names.FLOWSTITCH_MESSAGE_COORDINATE]: `bullmq/${bench().name}/${job.id}`,
    [names.FLOWSTITCH_MESSAGE_DELAY]: 60_000,
    [names.SERVER_ADDRESS]: expect.any(String),
    [names.SERVER_PORT]: expect.any(Number),
  })
})

it('tells queues of one name under several prefixes apart', async () => {
  const queue = instrumentBullmq(bench().bareQueue(bench().name, { prefix: 'shop' }))
  const job = await queue.add('a', {})
  expect((await bench().span('add')).attributes[names.FLOWSTITCH_MESSAGE_COORDINATE]).toBe(
    `bullmq/shop:${bench().name}/${job.id}`,
  )
  await queue.obliterate({ force: true })
})

it('gives every job of a bulk a create span, its coordinate and its own context', async () => {
  const jobs = await within('request', () =>
    bench().queue.addBulk(['a', 'b', 'c'].map((name) => ({ name, data: {}, opts: { priority: 1 } }))),
  )
  const creates = await bench().spans('create', 3)
  const request = await bench().recorder.waitFor(({ name }) => name === 'request')
  const send = await bench().span('add')
  expect(each(creates, names.MESSAGING_MESSAGE_ID)).toEqual(jobs.map(({ id }) => id))
  expect(linksOf(send)).toEqual(creates.map(idOf))
  for (const create of creates) expect(parentOf(create)).toBe(idOf(request))
  const stored = await Promise.all(jobs.map((job) => bench().queue.getJob(job.id!)))
  expect(stored.map((job) => headersOf(job!.opts)['traceparent']?.slice(36, 52))).toEqual(creates.map(idOf))
})

it('makes no span where nothing is added', async () => {
  await bench().queue.addBulk([])
  await bench().flows().addBulk([])
  expect(bench().recorder.spans).toEqual([])
})

it('gives more than a hundred jobs one span', async () => {
  await bench().queue.addBulk(Array.from({ length: 101 }, (_, n) => ({ name: 'a', data: n })))
  const span = await bench().span('add')
  expect(span.attributes[names.MESSAGING_BATCH_MESSAGE_COUNT]).toBe(101)
  expect(bench().recorder.spans).toHaveLength(1)
})

it('calls what is wrong by the name that BullMQ has for it', async () => {
  const parent = { id: 'none', queue: 'bull:none' }
  await expect(bench().queue.add('a', {}, { parent })).rejects.toThrow('Missing key for parent job')
  const span = await bench().span('add')
  expect(span.status.code).toBe(SpanStatusCode.ERROR)
  expect(span.attributes[names.ERROR_TYPE]).toBe('ParentJobNotExist')
})

it('puts nothing into a job whose user wants no context there, or something else', async () => {
  const { queue } = bench()
  const [left, text] = [
    await queue.add('a', {}, { telemetry: { omitContext: true } }),
    await queue.add('b', {}, { telemetry: { metadata: 'tenant blue' } }),
  ]
  const stored = await Promise.all([left, text].map((job) => queue.getJob(job.id!)))
  expect(stored.map((job) => job?.opts.telemetry)).toEqual([
    { omitContext: true },
    { metadata: 'tenant blue' },
  ])
  expect(await bench().spans('add', 2)).toHaveLength(2)
})

it('gives the job back as the bare client does, and changes nothing that it was given', async () => {
  const opts = Object.freeze({ attempts: 2, telemetry: Object.freeze({ metadata: '{"tenant":"blue"}' }) })
  const data = Object.freeze({ n: 1 })
  const job = await bench().queue.add('a', data, opts)
  expect(job.data).toBe(data)
  expect(job.opts.telemetry).toBe(opts.telemetry)
  const stored = await bench().queue.getJob(job.id!)
  expect(headersOf(stored!.opts)).toMatchObject({ tenant: 'blue', traceparent: expect.any(String) })
})

it('leaves in Redis what the bare client does, and its context', async () => {
  const opts = { attempts: 3, backoff: 10, priority: 2, timestamp: 1_700_000_000_000, keepLogs: 1 }
  const bare = await bench().bareQueue().add('a', { n: 1 }, opts)
  const traced = await bench().queue.add('a', { n: 1 }, opts)
  const [expected, stored] = [await bench().stored(bare), await bench().stored(traced)]
  const { tm, ...rest } = JSON.parse(stored['opts']!) as Record<string, unknown>
  expect({ ...stored, opts: rest }).toEqual({ ...expected, opts: JSON.parse(expected['opts']!) })
  expect(tm).toMatch(/^\{"traceparent":"00-[0-9a-f]{32}-[0-9a-f]{16}-01","tracestate":"flowstitch=[^"]+"\}$/)
})
