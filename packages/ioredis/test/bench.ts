import { randomUUID } from 'node:crypto'
import { context, trace } from '@opentelemetry/api'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import type { Redis, RedisOptions as ClientOptions } from 'ioredis'
import { afterEach, beforeEach } from 'vitest'
import { instrumentRedis, type RedisOptions } from '../src/index.ts'
import { connectRedis, recordOf } from './support.ts'

export type Spans = Awaited<ReturnType<SpanRecorder['waitForAll']>>

/** What every test of a file gets anew: an SDK that records, a stream of its own, and clients with and without tracing. */
export class Bench {
  readonly recorder: SpanRecorder = recordSpans()
  readonly stream: string = `test-${randomUUID()}`
  readonly #clients: Redis[] = []
  readonly bare: Redis = this.client()
  readonly redis: Redis = this.traced()

  client(options?: ClientOptions): Redis {
    return this.add(connectRedis(options))
  }

  traced(options?: RedisOptions, of?: ClientOptions): Redis {
    return instrumentRedis(this.client(of), options)
  }

  /** A client that is gone when the test is. */
  add(client: Redis): Redis {
    this.#clients.push(client)
    return client
  }

  /** The entries' fields as they stand in the stream. */
  async stored(): Promise<Record<string, string>[]> {
    return (await this.bare.xrange(this.stream, '-', '+')).map(([, fields]) => recordOf(fields ?? []))
  }

  async group(): Promise<void> {
    await this.bare.xgroup('CREATE', this.stream, 'workers', '0', 'MKSTREAM')
  }

  named(name: string): (span: Spans[number]) => boolean {
    return (span) => span.name === `${name} ${this.stream}`
  }

  /** Adds two entries out of two contexts, by way of what is given. */
  async addTwo(add: (body: string) => unknown): Promise<Spans> {
    const spans = ['one', 'two'].map((name) => trace.getTracer('test').startSpan(name))
    for (const span of spans) {
      context.with(trace.setSpan(context.active(), span), () => add(span.spanContext().spanId))
    }
    for (const span of spans) span.end()
    return this.recorder.waitForAll((span) => span.name === 'one' || span.name === 'two', 2)
  }

  async close(): Promise<void> {
    await this.bare.del(this.stream)
    for (const client of this.#clients) client.disconnect()
    await this.recorder.shutdown()
  }
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

export const idOf = (span: Spans[number] | undefined): string | undefined => span?.spanContext().spanId

export const linksOf = (span: Spans[number] | undefined): string[] =>
  (span?.links ?? []).map((link) => link.context.spanId)
