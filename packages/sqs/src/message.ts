import type { Destination, InstrumentationOptions, Kernel, MessageFacts } from '@flowstitch/core'
import type { SendMessageBatchRequestEntry, SendMessageRequest } from '@aws-sdk/client-sqs'
import { systemAttribute } from './delivery.ts'

/** A message as a call of the SDK sends it, alone or in a batch. */
export type SentMessage = SendMessageRequest | SendMessageBatchRequestEntry

/** A message as the SDK hands it out, or as a record of a Lambda event. */
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

/** The options of all adapters, for messages of SQS. */
export type SqsOptions = InstrumentationOptions<SentMessage, SqsMessage>
export type SqsKernel = Kernel<SentMessage, SqsMessage>

/** The queue's name: the last part of its URL. */
export function queueName(queueUrl: unknown): string | undefined {
  return typeof queueUrl === 'string' ? queueUrl.split('/').findLast((part) => part !== '') : undefined
}

/** The queue's name in an ARN: `arn:aws:sqs:region:account:name`. */
export function queueNameInArn(arn: unknown): string | undefined {
  return typeof arn === 'string' ? arn.slice(arn.lastIndexOf(':') + 1) || undefined : undefined
}

export function queueDestination(name: string | undefined): Destination | undefined {
  return name === undefined ? undefined : { name }
}

/** What is known of a message before it is sent. */
export function sentFacts({ MessageBody }: SentMessage, options: SqsOptions): MessageFacts {
  return { bodySize: bodySize(MessageBody, options) }
}

/** What is known of a message that came from a queue. */
export function receivedFacts(message: SqsMessage, options: SqsOptions): MessageFacts {
  const attempt = number(systemAttribute(message, 'ApproximateReceiveCount'))
  const firstReceived = number(systemAttribute(message, 'ApproximateFirstReceiveTimestamp'))
  const source = systemAttribute(message, 'DeadLetterQueueSourceArn')
  return {
    id: message.MessageId ?? message.messageId,
    attempt,
    brokerTimeMs: number(systemAttribute(message, 'SentTimestamp')),
    deliveryTimeMs: attempt === 1 ? firstReceived : undefined,
    deadLetter: source === undefined ? undefined : { source: queueNameInArn(source) },
    bodySize: bodySize(message.Body ?? message.body, options),
  }
}

function bodySize(body: string | undefined, { captureBodySize = false }: SqsOptions): number | undefined {
  return captureBodySize && typeof body === 'string' ? Buffer.byteLength(body) : undefined
}

function number(text: string | undefined): number | undefined {
  const value = Number(text)
  return value > 0 && Number.isSafeInteger(value) ? value : undefined
}
