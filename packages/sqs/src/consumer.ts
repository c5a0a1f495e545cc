import { creationContext, guard, receive, startProcess } from '@flowstitch/core'
import {
  askForMore,
  destinationOf,
  hide,
  nameInArn,
  queueEndpoint,
  queueName,
  queuePlace,
  receivedFacts,
  type SqsMessage,
} from '@flowstitch/dialects/sqs'
import type { Message, ReceiveMessageRequest, ReceiveMessageResult } from '@aws-sdk/client-sqs'
import type { Answer, Call, TracedCall } from './call.ts'
import { receivedCarrier } from './carrier.ts'
import { deliveryOf, isLeftAlone, leaveAlone, remember } from './delivery.ts'
import { defaultKernel } from './kernel.ts'
import type { SqsKernel } from './message.ts'

type Receive = TracedCall<ReceiveMessageRequest, ReceiveMessageResult>

/** Receives, in a span with a link to each message; what the user did not ask for stays out of the answer. */
export const receiveMessages: Receive = (kernel, input, call) => {
  const operation = {
    ...queuePlace(input.QueueUrl),
    name: 'receive',
    carrier: receivedCarrier,
    messages: ({ output }: Answer<ReceiveMessageResult>) => output.Messages ?? [],
    facts: (message: SqsMessage) => receivedFacts(message, kernel.options),
  }
  return receive(kernel, operation, () => receiveAndRemember(kernel, input, call, true))
}

/** Receives where another instrumentation makes the span: what came with the messages is for their handling. */
export const receiveForOthers: Receive = (kernel, input, call) =>
  receiveAndRemember(kernel, input, call, false)

async function receiveAndRemember(
  kernel: SqsKernel,
  given: ReceiveMessageRequest,
  call: Call<ReceiveMessageRequest, ReceiveMessageResult>,
  counted: boolean,
): Promise<Answer<ReceiveMessageResult>> {
  const asking = guard('asking for more attributes', () => askForMore(given), undefined)
  const answer = await call(asking?.input ?? given)
  const take = (message: Message): void => {
    const hidden = asking && hide(message, asking.extra)
    const { MessageId: id } = message
    const delivery = remember(message, { kernel, queueUrl: given.QueueUrl, id, counted, hidden })
    delivery.creation = creationContext(receivedCarrier, message)
  }
  for (const message of answer.output.Messages ?? []) {
    guard('putting attributes aside', () => take(message), undefined)
  }
  return answer
}

/** Receives from a queue that the user wants left alone: that is so for the handling of its messages, too. */
export async function receiveUntraced<O extends object>(call: () => Promise<Answer<O>>): Promise<Answer<O>> {
  const answer = await call()
  for (const message of (answer.output as ReceiveMessageResult).Messages ?? []) leaveAlone(message)
  return answer
}

/** Where a message came from, for messages that no instrumented client has received. */
export interface ProcessSqsOptions {
  /** The queue's URL. Default: that of the receive, else the queue in a Lambda record's `eventSourceARN`. */
  queueUrl?: string
}

/** Handles messages one after the other, each in a span and a context of its own. The first failure ends it. */
export async function processEach<M extends SqsMessage>(
  messages: readonly M[],
  handler: (message: M) => unknown,
  options: ProcessSqsOptions,
): Promise<void> {
  for (const message of messages) await processOne(message, handler, options)
}

/** Handles one message in a span and a context of its own. The answer is the handler's. */
export function processOne<M extends SqsMessage, R>(
  message: M,
  handler: (message: M) => R,
  { queueUrl }: ProcessSqsOptions,
): R {
  // What is no message is the handler's to judge.
  if (typeof message !== 'object' || message === null || isLeftAlone(message)) return handler(message)
  const received = deliveryOf(message)
  const kernel = received?.kernel ?? defaultKernel()
  const url = queueUrl ?? received?.queueUrl
  const queue = queueName(url) ?? nameInArn(message.eventSourceARN)
  if (!kernel.traces(queue)) return handler(message)
  const id = message.MessageId ?? message.messageId
  const delivery = received ?? remember(message, { kernel, queueUrl: url, id, counted: false })
  const processing = startProcess(kernel, {
    name: 'process',
    destination: destinationOf(queue),
    endpoint: queueEndpoint(url),
    message,
    facts: () => receivedFacts(message, kernel.options),
    carrier: receivedCarrier,
    pulled: true,
    delivers: !delivery.counted,
  })
  delivery.counted = true
  delivery.processing = processing
  return processing.handle(() => handler(message))
}
