import * as names from '@flowstitch/core/semconv'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import type { Message } from 'amqplib'
import { consuming, nextCall, published, type Bench } from './support.ts'

/** Of the operation that amqplib's own verb names. */
export function named(operation: string): (span: ReadableSpan) => boolean {
  return (span) => span.attributes[names.MESSAGING_OPERATION_NAME] === operation
}
export const isConsume: (span: ReadableSpan) => boolean = named('consume')
export const isPublish: (span: ReadableSpan) => boolean = named('publish')

export function isChild(span: ReadableSpan, parent: ReadableSpan): boolean {
  return span.parentSpanContext?.spanId === parent.spanContext().spanId
}

export function settlementOf(span: ReadableSpan | undefined): unknown {
  return span?.attributes[names.FLOWSTITCH_SETTLEMENT]
}

/** Consumes without an answer, and hands out the messages as they are: nobody has settled them. */
export async function collect({ channel, confirming, queue }: Bench, count: number): Promise<Message[]> {
  const target = await queue()
  const messages: Message[] = []
  const { called, call } = nextCall()
  await consuming(channel, target, (message) => {
    if (messages.push(message) === count) call()
  })
  for (let n = 0; n < count; n++) await published(confirming, target)
  await called
  return messages
}
