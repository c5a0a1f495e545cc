import { creationContext, guard, receive, startProcess } from '@flowstitch/core'
import {
  destinationOf,
  nameInArn,
  queueEndpoint,
  queueName,
  receivedCarrier,
  receivedFacts,
  type SqsMessage,
} from '@flowstitch/dialects/sqs'
import type { Message, ReceiveMessageRequest, ReceiveMessageResult } from '@aws-sdk/client-sqs'
import type { Answer, Call } from './call.ts'
import { deliveryOf, isLeftAlone, leaveAlone, remember, type Delivery } from './delivery.ts'
import { askForMore, putAside, type Asking } from './hidden.ts'
import { defaultKernel } from './kernel.ts'
import type { SqsKernel } from './message.ts'

/** Receives, in a span with a link to each message; what the user did not ask for stays out of the answer. */
export function receiveMessages(
  kernel: SqsKernel,
  input: ReceiveMessageRequest,
  call: Call<ReceiveMessageRequest, ReceiveMessageResult>,
): Promise<Answer<ReceiveMessageResult>> {
  const asking = asksFor(input)
  if (!asking) return call(input)
  const operation = {
    name: 'receive',
    destination: destinationOf(queueName(input.QueueUrl)),
    endpoint: queueEndpoint(input.QueueUrl),
    carrier: receivedCarrier,
    messages: ({ output }: Answer<ReceiveMessageResult>) => output.Messages ?? [],
    facts: (message: SqsMessage) => receivedFacts(message, kernel.options),
  }
  return receive(kernel, operation, () => receiveAndRemember(kernel, asking, call, true))
}

/** Receives where another instrumentation makes the span: what came with the messages is for their handling. */
export function receiveForOthers(
  kernel: SqsKernel,
  input: ReceiveMessageRequest,
  call: Call<ReceiveMessageRequest, ReceiveMessageResult>,
): Promise<Answer<ReceiveMessageResult>> {
  const asking = asksFor(input)
  return asking ? receiveAndRemember(kernel, asking, call, false) : call(input)
}

function asksFor(input: ReceiveMessageRequest): Asking | undefined {
  return guard('asking for more attributes', () => askForMore(input), undefined)
}

async function receiveAndRemember(
  kernel: SqsKernel,
  { input, hidden }: Asking,
  call: Call<ReceiveMessageRequest, ReceiveMessageResult>,
  counted: boolean,
): Promise<Answer<ReceiveMessageResult>> {
  const answer = await call(input)
  const take = (message: Message): void => {
    const delivery: Delivery = {
      kernel,
      queueUrl: input.QueueUrl,
      id: message.MessageId,
      counted,
      hidden: putAside(message, hidden),
    }
    remember(message, delivery)
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
  const delivery = received ?? strange(message, kernel, url)
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

/** A message that an instrumented client has not received, remembered for its settlement. */
function strange(message: SqsMessage, kernel: SqsKernel, queueUrl: string | undefined): Delivery {
  const delivery: Delivery = {
    kernel,
    queueUrl,
    id: message.MessageId ?? message.messageId,
    counted: false,
  }
  remember(message, delivery)
  return delivery
}
