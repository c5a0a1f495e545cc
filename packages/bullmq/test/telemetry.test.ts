import { SpanKind } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import { Queue, Worker } from 'bullmq'
import { BullMQOtel } from 'bullmq-otel'
import { expect, it, onTestFinished } from 'vitest'
import { instrumentBullmq } from '../src/index.ts'
import { idOf, linksOf, parentOf, setUp, traceOf } from './bench.ts'
import { connection } from './support.ts'

const bench = setUp()

function otherQueue(): Queue {
  const queue = new Queue(bench().name, {
    connection: connection(),
    telemetry: new BullMQOtel({ tracerName: 'other' }),
  })
  onTestFinished(() => queue.close())
  return queue
}

function otherWorker(): Worker {
  const telemetry = new BullMQOtel({ tracerName: 'other' })
  const worker = new Worker(bench().name, async () => undefined, { connection: connection(), telemetry })
  onTestFinished(() => worker.close(true))
  return worker
}

it('leaves a client with a telemetry of its own to that', async () => {
  await instrumentBullmq(otherQueue()).add('a', {})
  const worker = instrumentBullmq(otherWorker())
  await new Promise((resolve) => worker.once('completed', resolve))
  const consumed = await bench().recorder.waitForAll(({ kind }) => kind === SpanKind.CONSUMER, 1)
  const produced = bench().recorder.spans.filter(({ kind }) => kind === SpanKind.PRODUCER)
  const scopes = [...consumed, ...produced].map(({ instrumentationScope }) => instrumentationScope.name)
  expect(scopes).toEqual(['other', 'other'])
})

it('goes on with the trace of a producer that bullmq-otel has traced', async () => {
  await otherQueue().add('a', {})
  bench().worker(async () => undefined)
  const handled = await bench().span('process')
  const added = await bench().recorder.waitFor(({ kind }) => kind === SpanKind.PRODUCER)
  expect(linksOf(handled)).toEqual([idOf(added)])
  expect(parentOf(handled)).toBe(idOf(added))
  expect(handled.attributes[names.FLOWSTITCH_RELATION_REASON]).toBe('single')
})

it('is understood by a worker that bullmq-otel traces', async () => {
  await bench().queue.add('a', {})
  otherWorker()
  const handled = await bench().recorder.waitFor(({ kind }) => kind === SpanKind.CONSUMER)
  expect(parentOf(handled)).toBe(idOf(await bench().span('add')))
  expect(traceOf(handled)).toBe(traceOf(await bench().span('add')))
})
