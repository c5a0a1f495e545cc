import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { randomUUID } from 'node:crypto'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import { instrumentBullmq } from '@flowstitch/bullmq'
import type { Flow } from '@flowstitch/correlator'
import { context, SpanKind, trace } from '@opentelemetry/api'
import { FlowProducer, Queue, Worker, type Processor } from 'bullmq'
import { expect, onTestFinished, test } from 'vitest'
import { tracedServer, type TracedServer } from './traced-server.ts'

const BACKOFF_MS = 300
const DELAY_MS = 400

function connection(): { host: string; port: number } {
  const { hostname: host, port } = new URL(brokersFromEnvironment().redis)
  return { host, port: Number(port) }
}

function queueOf(name: string): Queue {
  const queue = instrumentBullmq(new Queue(name, { connection: connection() }))
  onTestFinished(async () => {
    await queue.obliterate({ force: true })
    await queue.close()
  })
  return queue
}

function workerOf(name: string, handler: Processor): void {
  const worker = instrumentBullmq(new Worker(name, handler, { connection: connection() }))
  onTestFinished(() => worker.close())
}

/** Asks an HTTP server, whose handler runs in a span of its own; the answer is its trace's id. */
async function request(handle: () => Promise<unknown>): Promise<string> {
  const span = trace.getTracer('shop').startSpan('POST /orders', { kind: SpanKind.SERVER })
  const listener: RequestListener = (_, response) => {
    void context.with(trace.setSpan(context.active(), span), handle).then(() => response.end())
  }
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`, { method: 'POST' })
  span.end()
  await new Promise((resolve) => server.close(resolve))
  return span.spanContext().traceId
}

async function flowAfter({ client, recorder, flush }: TracedServer, id: string, ends: number): Promise<Flow> {
  const verbs = /^(complete|fail) /
  await recorder.waitForAll(({ name }) => verbs.test(name), ends)
  await flush()
  const flow = await client.flow(id)
  if (!flow) throw new Error(`there is no flow ${id}`)
  return flow
}

test('a job that succeeds in its third attempt is a message of the request that caused it', async () => {
  const server = await tracedServer()
  const queue = queueOf(`mail-${randomUUID()}`)
  workerOf(queue.name, async ({ attemptsStarted }) => {
    if (attemptsStarted < 3) throw new RangeError('not yet')
  })
  const options = { attempts: 3, backoff: BACKOFF_MS }

  const id = await request(() => queue.add('welcome', { to: 'a@b.c' }, options))

  const flow = await flowAfter(server, id, 1)
  expect(flow.messages).toMatchObject([
    {
      system: 'bullmq',
      destination: queue.name,
      state: 'processed',
      attempts: [
        { number: 1, outcome: 'failed' },
        { number: 2, outcome: 'failed' },
        { number: 3, outcome: 'succeeded' },
      ],
    },
  ])
  const retrying = flow.criticalPath.filter(({ kind }) => kind === 'retry')
  const waited = retrying.map((one) => Number(BigInt(one.toUnixNano) - BigInt(one.fromUnixNano)) / 1e6)
  expect(waited.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(2 * BACKOFF_MS)
})

test('a delay is told from the wait for a further attempt', async () => {
  const server = await tracedServer()
  const queue = queueOf(`mail-${randomUUID()}`)
  workerOf(queue.name, async ({ attemptsStarted }) => {
    if (attemptsStarted === 1) throw new RangeError('not yet')
  })
  const options = { delay: DELAY_MS, attempts: 2, backoff: BACKOFF_MS }

  const id = await request(() => queue.add('reminder', {}, options))

  const [message] = (await flowAfter(server, id, 1)).messages
  const [first, second] = message?.attempts ?? []
  expect(first?.delayMs).toBeCloseTo(DELAY_MS, 0)
  expect(second).not.toHaveProperty('delayMs')
  expect(second?.dwellMs).toBeGreaterThanOrEqual(BACKOFF_MS)
})

test('a job that failed for good has failed in its flow', async () => {
  const server = await tracedServer()
  const queue = queueOf(`mail-${randomUUID()}`)
  workerOf(queue.name, () => Promise.reject(new TypeError('no such address')))

  const id = await request(() => queue.add('welcome', {}, { attempts: 2 }))

  const flow = await flowAfter(server, id, 1)
  expect(flow.messages).toMatchObject([{ state: 'failed', attempts: [{ number: 1 }, { number: 2 }] }])
})

test('children and parent of a flow of jobs are messages of one request', async () => {
  const server = await tracedServer()
  const albums = queueOf(`albums-${randomUUID()}`)
  const images = queueOf(`images-${randomUUID()}`)
  for (const { name } of [albums, images]) workerOf(name, async () => undefined)
  const flows = instrumentBullmq(new FlowProducer({ connection: connection() }))
  onTestFinished(() => flows.close())
  const children = [1, 2, 3].map((n) => ({ name: 'resize', queueName: images.name, data: { n } }))

  const id = await request(() => flows.add({ name: 'album', queueName: albums.name, children }))

  const flow = await flowAfter(server, id, 4)
  expect(flow.messages.map(({ destination }) => destination).toSorted()).toEqual(
    [albums.name, images.name, images.name, images.name].toSorted(),
  )
  for (const message of flow.messages) {
    expect(message).toMatchObject({ state: 'processed', attempts: [{ number: 1 }] })
  }
})

test('jobs of a schedule are flows of their own: the call that began it has the first alone', async () => {
  const server = await tracedServer()
  const queue = queueOf(`reports-${randomUUID()}`)
  workerOf(queue.name, async () => undefined)

  const id = await request(() => queue.upsertJobScheduler('often', { every: 100 }))

  const flow = await flowAfter(server, id, 3)
  expect(flow.messages).toHaveLength(1)
  expect(flow.messages[0]).toMatchObject({ state: 'processed', attempts: [{ number: 1 }] })
  const ticks = server.recorder.spans.filter(({ name }) => name === `process ${queue.name}`)
  const others = await Promise.all(
    ticks.slice(1, 3).map(({ links: [link] }) => server.client.flow(link!.context.traceId)),
  )
  for (const other of others) expect(other?.messages).toMatchObject([{ state: 'processed' }])
})
