import { context, trace } from '@opentelemetry/api'
import { randomUUID } from 'node:crypto'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import { recordSpans, type RecorderOptions, type SpanRecorder } from '@flowstitch/testing'
import {
  connect,
  type Channel,
  type ChannelModel,
  type ConfirmChannel,
  type Message,
  type Options,
} from 'amqplib'
import { onTestFinished } from 'vitest'
import { instrumentAmqp, type AmqpOptions } from '../src/index.ts'

/** An instrumented connection with a recorder, beside a bare one; gone when the test is. */
export interface Bench {
  readonly recorder: SpanRecorder
  readonly connection: ChannelModel
  readonly channel: Channel
  readonly confirming: ConfirmChannel
  /** Of a connection that was never instrumented. */
  readonly bare: ConfirmChannel
  readonly queue: (options?: Options.AssertQueue, kind?: string) => Promise<string>
  readonly exchange: (type: string, kind?: string) => Promise<string>
}

export async function openBench(options: AmqpOptions & { recording?: RecorderOptions } = {}): Promise<Bench> {
  const recorder = recordSpans(options.recording)
  const url = brokersFromEnvironment().amqp
  const connection = instrumentAmqp(await connect(url), options)
  const bareConnection = await connect(url)
  connection.on('error', () => {})
  const bare = await bareConnection.createConfirmChannel()
  const tidying: (() => Promise<unknown>)[] = []
  onTestFinished(async () => {
    await connection.close().catch(() => {})
    for (const tidy of tidying) await tidy()
    await bareConnection.close()
    await recorder.shutdown()
  })
  return {
    recorder,
    connection,
    channel: await connection.createChannel(),
    confirming: await connection.createConfirmChannel(),
    bare,
    async queue(declaration, kind = 'queue') {
      const { queue } = await bare.assertQueue(unique(kind), { durable: false, ...declaration })
      tidying.push(() => bare.deleteQueue(queue))
      return queue
    },
    async exchange(type, kind = 'exchange') {
      const { exchange } = await bare.assertExchange(unique(kind), type, { durable: false })
      tidying.push(() => bare.deleteExchange(exchange))
      return exchange
    },
  }
}

/** A recorder of its own, for tests that make their own connections. */
export function recording(): SpanRecorder {
  const recorder = recordSpans()
  onTestFinished(() => recorder.shutdown())
  return recorder
}

/** Runs in a span of its own, and answers with what `run` does. */
export function inSpan<R>(name: string, run: () => R): R {
  const span = trace.getTracer('test').startSpan(name)
  try {
    return context.with(trace.setSpan(context.active(), span), run)
  } finally {
    span.end()
  }
}

export function unique(kind: string): string {
  return `${kind}-${randomUUID()}`
}

export async function published(
  channel: ConfirmChannel,
  queue: string,
  options?: Options.Publish,
): Promise<void> {
  channel.sendToQueue(queue, Buffer.from('x'), options)
  await channel.waitForConfirms()
}

/** Consumes, and hands each message to `onMessage`; cancellations are left out. */
export async function consuming(
  channel: Channel,
  queue: string,
  onMessage: (message: Message) => unknown,
  options?: Options.Consume,
): Promise<void> {
  // oxlint-disable-next-line no-misused-promises -- that a handler answers with a promise is what is tested
  await channel.consume(queue, (message) => (message ? onMessage(message) : undefined), options)
}

/** A promise of the next call, and the function to call. */
export function nextCall<T = void>(): { readonly called: Promise<T>; readonly call: (value: T) => void } {
  const { promise, resolve } = Promise.withResolvers<T>()
  return { called: promise, call: resolve }
}

/** Takes the rejections that nobody handles, which are errors of a test run else. */
export function collectRejections(): { readonly reasons: unknown[]; stop(): void } {
  const others = process.listeners('unhandledRejection')
  const reasons: unknown[] = []
  const collect = (reason: unknown): void => void reasons.push(reason)
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', collect)
  return {
    reasons,
    stop() {
      process.off('unhandledRejection', collect)
      for (const listener of others) process.on('unhandledRejection', listener)
    },
  }
}
