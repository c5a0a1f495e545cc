import type { InstrumentationOptions, MessageFacts } from '@flowstitch/core'
import type { Attributes } from './attributes.ts'
import { nameInArn } from './names.ts'

/** A message as a receive answers it, or as a record of a Lambda event. */
export interface SqsMessage {
  readonly MessageId?: string | undefined
  readonly ReceiptHandle?: string | undefined
  readonly Body?: string | undefined
  readonly Attributes?: object | undefined
  readonly MessageAttributes?: object | undefined
  readonly messageId?: string | undefined
  readonly receiptHandle?: string | undefined
  readonly body?: string | undefined
  readonly attributes?: object | undefined
  readonly messageAttributes?: object | undefined
  readonly eventSourceARN?: string | undefined
}

/** What was taken out of a message before its application saw it. */
export interface Hidden {
  readonly attributes: Attributes
  readonly systemAttributes: Attributes
}

const NOTHING: Hidden = { attributes: {}, systemAttributes: {} }
const known = new WeakMap<SqsMessage, Hidden>()

/** Remembers what was taken out of a message, or out of the one that it is a copy of: the readers here know of it. */
export function rememberHidden(message: SqsMessage, hidden: Hidden): void {
  known.set(message, hidden)
}

export function hiddenOf(message: SqsMessage): Hidden {
  return known.get(message) ?? NOTHING
}

export function systemAttribute(message: SqsMessage, name: string): string | undefined {
  const visible = (message.Attributes ?? message.attributes) as Attributes | undefined
  const value = hiddenOf(message).systemAttributes[name] ?? visible?.[name]
  return typeof value === 'string' ? value : undefined
}

/** What SQS tells of a message that came from a queue. */
export function receivedFacts(
  message: SqsMessage,
  options: Pick<InstrumentationOptions, 'captureBodySize'>,
): MessageFacts {
  const attempt = number(systemAttribute(message, 'ApproximateReceiveCount'))
  const firstReceived = number(systemAttribute(message, 'ApproximateFirstReceiveTimestamp'))
  const source = systemAttribute(message, 'DeadLetterQueueSourceArn')
  return {
    id: message.MessageId ?? message.messageId,
    attempt,
    brokerTimeMs: number(systemAttribute(message, 'SentTimestamp')),
    deliveryTimeMs: attempt === 1 ? firstReceived : undefined,
    deadLetter: source === undefined ? undefined : { source: nameInArn(source) },
    ...sizeFacts(message.Body ?? message.body, options),
  }
}

/** The size of a body, where the user wants it recorded. */
export function sizeFacts(
  body: unknown,
  { captureBodySize = false }: Pick<InstrumentationOptions, 'captureBodySize'>,
): MessageFacts {
  return captureBodySize && typeof body === 'string' ? { bodySize: Buffer.byteLength(body) } : {}
}

function number(text: string | undefined): number | undefined {
  const value = Number(text)
  return value > 0 && Number.isSafeInteger(value) ? value : undefined
}
