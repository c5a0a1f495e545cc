import { randomUUID } from 'node:crypto'
import { context, trace, type Span } from '@opentelemetry/api'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import {
  FlowProducer,
  Queue,
  Worker,
  type Job,
  type Processor,
  type QueueOptions,
  type WorkerOptions,
} from 'bullmq'
import { Redis } from 'ioredis'
import { afterEach, beforeEach } from 'vitest'
import { instrumentBullmq, type BullmqOptions } from '../src/index.ts'
import { connection } from './support.ts'

export type Spans = Awaited<ReturnType<SpanRecorder['waitForAll']>>
export type OneSpan = Spans[number]

/** What every test of a file gets anew: an SDK that records, a queue of its own, and clients with and without tracing. */
export class Bench {
  readonly recorder: SpanRecorder = recordSpans()
  readonly name: string = `test-${randomUUID()}`
  readonly redis: Redis = new Redis(connection())
  readonly #closes: (() => Promise<unknown>)[] = []
  readonly #queues = new Set<string>([this.name])
  readonly queue: Queue = instrumentBullmq(this.bareQueue())

  /** A further queue of the test's own. */
  other(name: string): string {
    const full = `${this.name}-${name}`
    this.#queues.add(full)
    return full
  }

  bareQueue(name: string = this.name, options: Partial<QueueOptions> = {}): Queue {
    return this.#closed(new Queue(name, { connection: connection(), ...options }))
  }

  flows(options?: BullmqOptions): FlowProducer {
    return instrumentBullmq(this.#closed(new FlowProducer({ connection: connection() })), options)
  }

  worker(handler: Processor | string | undefined, options: WorkingOptions = {}): Worker {
    const { name, tracing, ...rest } = options
    return instrumentBullmq(this.bareWorker(handler, name, rest), tracing)
  }

  bareWorker(
    handler: Processor | string | undefined,
    name: string = this.name,
    options: Partial<WorkerOptions> = {},
  ): Worker {
    const worker = new Worker(name, handler as Processor, { connection: connection(), ...options })
    this.#closes.unshift(() => worker.close())
    return worker
  }

  /** What Redis keeps of a job. */
  stored(job: Job): Promise<Record<string, string>> {
    return this.redis.hgetall(`bull:${job.queueName}:${job.id}`)
  }

  spans(verb: string, count: number, name: string = this.name): Promise<Spans> {
    return this.recorder.waitForAll((span) => span.name === `${verb} ${name}`, count)
  }

  async span(verb: string, name: string = this.name): Promise<OneSpan> {
    return (await this.spans(verb, 1, name))[0]!
  }

  async close(): Promise<void> {
    for (const close of this.#closes) await close()
    for (const name of this.#queues) {
      const keys = await this.redis.keys(`bull:${name}:*`)
      if (keys.length > 0) await this.redis.del(keys)
    }
    this.redis.disconnect()
    await this.recorder.shutdown()
  }

  #closed<C extends { close(): Promise<unknown> }>(client: C): C {
    this.#closes.push(() => client.close())
    return client
  }
}

interface WorkingOptions extends Partial<WorkerOptions> {
  readonly name?: string
  readonly tracing?: BullmqOptions
}

/** The answer gives the bench of the test that runs. */
export function setUp(): () => Bench {
  let bench: Bench
  beforeEach(() => {
    bench = new Bench()
  })
  afterEach(() => bench.close())
  return () => bench
}

/** Runs in a span of the application's own, which ends when the work has. */
export async function within<R>(name: string, work: () => R | Promise<R>): Promise<R> {
  const span = startSpan(name)
  try {
    return await context.with(trace.setSpan(context.active(), span), work)
  } finally {
    span.end()
  }
}

export function startSpan(name: string): Span {
  return trace.getTracer('test').startSpan(name)
}

export const idOf = (span: OneSpan | undefined): string | undefined => span?.spanContext().spanId

export const traceOf = (span: OneSpan | undefined): string | undefined => span?.spanContext().traceId

export const parentOf = (span: OneSpan | undefined): string | undefined => span?.parentSpanContext?.spanId

export const linksOf = (span: OneSpan | undefined): string[] =>
  (span?.links ?? []).map((link) => link.context.spanId)

/** One attribute of several spans. */
export const each = (spans: Spans, attribute: string): unknown[] =>
  spans.map(({ attributes }) => attributes[attribute])
