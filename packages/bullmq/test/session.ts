import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type {
  AdapterUnderTest,
  ConsumeOptions,
  OutgoingMessage,
  TestHandler,
  TestMessage,
  TestSession,
} from '@flowstitch/testing'
import * as bullmq6 from 'bullmq'
import type { Job, JobsOptions, Worker } from 'bullmq'
import * as bullmq60 from 'bullmq-6.0'
import { instrumentBullmq, processBullmq, type BullmqClient, type BullmqOptions } from '../src/index.ts'
import { connection, headersOf, type Client } from './support.ts'
import { transcriptWith } from './transcript.ts'

type Instrument = <C extends BullmqClient>(client: C) => C

function optsOf({ headers }: OutgoingMessage, attempts = 1): JobsOptions | undefined {
  if (!headers && attempts === 1) return undefined
  const telemetry = headers && { metadata: JSON.stringify(headers) }
  return { ...(attempts > 1 && { attempts }), ...(telemetry && { telemetry }) }
}

function incoming(job: Job<{ body: string }>): TestMessage {
  return { body: job.data.body, headers: headersOf(job.opts) }
}

async function openSession(client: Client, instrument: Instrument): Promise<TestSession> {
  const { FlowProducer, Queue, Worker } = client
  const name = `test-${randomUUID()}`
  const queue = instrument(new Queue(name, { connection: connection() }))
  const bare = new Queue(name, { connection: connection() })
  const ends: (() => Promise<unknown>)[] = []
  let attempts = 1
  let fetcher: Worker | undefined
  let closed = false

  return {
    destination: name,
    send(message, { freeze = false } = {}) {
      const data = { body: message.body }
      const opts = optsOf(message, attempts)
      if (freeze) for (const object of [data, opts, opts?.telemetry]) Object.freeze(object)
      return queue.add('job', data, opts)
    },
    sendBatch: (messages) =>
      queue.addBulk(
        messages.map((message) => ({
          name: 'job',
          data: { body: message.body },
          opts: optsOf(message, attempts),
        })),
      ),
    async sendToTwo({ body }) {
      const flows = instrument(new FlowProducer({ connection: connection() }))
      const child = { name: 'job', queueName: name, data: { body } }
      await flows.add({ ...child, queueName: `${name}-two`, children: [child] })
      await flows.close()
      const other = new Queue(`${name}-two`, { connection: connection() })
      ends.push(() => other.obliterate({ force: true }).then(() => other.close()))
      return other.name
    },
    async receive() {
      fetcher ??= instrument(new Worker(name, undefined, { connection: connection() }))
      const job = (await fetcher.getNextJob(randomUUID(), { block: false })) as Job | undefined
      return job ? [incoming(job)] : []
    },
    sendBare: async (message) => {
      await bare.add('job', { body: message.body }, optsOf(message, attempts))
    },
    prepareShared(message) {
      const data = { body: message.body }
      const opts = optsOf(message)
      const send = (): Promise<unknown> => queue.add('job', data, opts)
      return { handed: [data, opts], send: () => Promise.all([send(), send()]) }
    },
    sendRefused: (client) =>
      (client === 'bare' ? bare : queue).add('job', {}, { parent: { id: 'none', queue: 'bull:none' } }),
    async consume(handler, options = {}) {
      if (options.redeliver) attempts = 3
      const manual = options.settlement === 'within' || options.settlement === 'never'
      ends.push(
        manual ? fetch(client, instrument, name, handler) : work(client, instrument, name, handler, options),
      )
    },
    async readBare() {
      for (;;) {
        const [job] = await bare.getJobs(['waiting'], 0, 0, true)
        if (job) return incoming(job)
        await delay(5)
      }
    },
    async close() {
      if (closed) return
      closed = true
      for (const end of ends) await end()
      await fetcher?.close(true)
      await bare.obliterate({ force: true })
      await queue.close()
      await bare.close()
    },
  }
}

/** A worker with a handler, as most people have it. */
function work(
  { Worker }: Client,
  instrument: Instrument,
  name: string,
  handler: TestHandler,
  { workers = 1 }: ConsumeOptions,
): () => Promise<unknown> {
  const options = {
    name: 'me',
    connection: connection(),
    concurrency: workers,
    removeOnComplete: { count: 0 },
  }
  const worker = instrument(
    new Worker(name, async (job) => void (await handler(incoming(job), () => undefined)), options),
  )
  return () => worker.close(true)
}

/** Jobs that the application fetches and settles itself. */
function fetch(
  { Worker }: Client,
  instrument: Instrument,
  name: string,
  handler: TestHandler,
): () => Promise<unknown> {
  const worker = instrument(new Worker(name, undefined, { connection: connection() }))
  const token = randomUUID()
  const closing = new AbortController()
  const loop = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const job = (await worker.getNextJob(token, { block: false })) as Job | undefined
      const settle = (): unknown => job?.moveToCompleted('done', token, false)
      if (job) await processBullmq(job, () => handler(incoming(job), settle))
      else await delay(5)
    }
  }
  const done = loop()
  return async () => {
    closing.abort()
    await done
    await worker.close(true)
  }
}

function adapter(client: Client): AdapterUnderTest {
  return {
    name: 'bullmq',
    system: 'bullmq',
    sendOperation: 'add',
    processOperation: 'process',
    receiveOperation: 'getNextJob',
    settleOperation: 'complete',
    settlement: 'complete',
    pulls: false,
    open: (options) => openSession(client, (one) => instrumentBullmq(one, options as BullmqOptions)),
    openTwice: () => openSession(client, (one) => instrumentBullmq(instrumentBullmq(one))),
    transcript: transcriptWith(client),
  }
}

export const bullmq: AdapterUnderTest = adapter(bullmq6)
/** The oldest version that is supported. */
export const bullmqOldest: AdapterUnderTest = adapter(bullmq60 as unknown as Client)
