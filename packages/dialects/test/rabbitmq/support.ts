import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import type { InstrumentationOptions } from '@flowstitch/core'
import { onTestFinished } from 'vitest'
import { RabbitKernel, TracedChannel, type MessageLayout } from '../../src/rabbitmq/index.ts'

/** A message of a client that has delivery fields and properties side by side, unlike amqplib. */
export interface Flat {
  readonly exchange: string
  readonly routingKey: string
  readonly deliveryTag: number
  readonly redelivered: boolean
  readonly headers?: Readonly<Record<string, unknown>>
  readonly body: string
}

const layout: MessageLayout<Flat> = {
  fields: (message) => message,
  properties: (message) => message,
  size: ({ body }) => Buffer.byteLength(body),
}

/** A channel of such a client. */
export interface Bench {
  readonly recorder: SpanRecorder
  readonly channel: TracedChannel<Flat, Flat>
}

export function openBench(options: InstrumentationOptions<Flat, Flat> = {}): Bench {
  const recorder = recordSpans()
  onTestFinished(() => recorder.shutdown())
  const classifyError = (error: unknown): string | undefined => (error === 'refused' ? 'nack' : undefined)
  const kernel = new RabbitKernel({ scope: 'test', options, layout, classifyError })
  return { recorder, channel: new TracedChannel(kernel, { serverAddress: 'broker', serverPort: 5672 }) }
}

/** A message in the queue `orders`. */
export function message(deliveryTag: number, more: Partial<Flat> = {}): Flat {
  return { exchange: '', routingKey: 'orders', redelivered: false, body: 'x', ...more, deliveryTag }
}
