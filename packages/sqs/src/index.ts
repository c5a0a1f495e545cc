import { isLeftToOthers } from '@flowstitch/core'
import { queueName, type SqsMessage } from '@flowstitch/dialects/sqs'
import type { ServiceInputTypes, ServiceOutputTypes, SQSClient } from '@aws-sdk/client-sqs'
import type { Call, TracedCall } from './call.ts'
import {
  processEach,
  processOne,
  receiveForOthers,
  receiveMessages,
  receiveUntraced,
  type ProcessSqsOptions,
} from './consumer.ts'
import { createKernel } from './kernel.ts'
import type { SqsOptions } from './message.ts'
import { isWellFormed } from './input.ts'
import { sendMessage, sendMessageBatch } from './producer.ts'
import { changeVisibility, deleteMessages } from './settle.ts'

type Traced = TracedCall<ServiceInputTypes, ServiceOutputTypes>

const NAME = 'flowstitch'

const commands = new Map<string, unknown>([
  ['SendMessageCommand', sendMessage],
  ['SendMessageBatchCommand', sendMessageBatch],
  ['ReceiveMessageCommand', receiveMessages],
  ['DeleteMessageCommand', deleteMessages],
  ['DeleteMessageBatchCommand', deleteMessages],
  ['ChangeMessageVisibilityCommand', changeVisibility],
  ['ChangeMessageVisibilityBatchCommand', changeVisibility],
])

const receiveLeft = receiveForOthers as unknown as Traced

/**
 * Traces a client's sends, receives, deletions and visibility changes, by a middleware in its
 * `middlewareStack`. The answer is the same object; a second time is a no-op. Nothing throws that the SDK
 * would not have thrown.
 */
export function instrumentSqs<C extends SQSClient>(client: C, options: SqsOptions = {}): C {
  const stack = (client as SQSClient).middlewareStack
  if (stack.identify().some((entry) => entry.startsWith(`${NAME} `))) return client
  const kernel = createKernel(options)
  stack.add(
    (next, { commandName = '' }) => {
      const traced = commands.get(commandName) as Traced | undefined
      if (!traced) return next
      return (args) => {
        const queue = queueName((args.input as { QueueUrl?: unknown }).QueueUrl)
        if (queue === undefined || !isWellFormed(commandName, args.input)) return next(args)
        const call: Call<ServiceInputTypes, ServiceOutputTypes> = (input) => next({ ...args, input })
        const receives = commandName === 'ReceiveMessageCommand'
        if (!kernel.traces(queue)) {
          return receives && kernel.traces() ? receiveUntraced(() => next(args)) : next(args)
        }
        // OpenTelemetry's own instrumentation wraps the stack when the client first sends.
        if (!isLeftToOthers(stack, 'resolve', 'the SQS client')) return traced(kernel, args.input, call)
        return receives ? receiveLeft(kernel, args.input, call) : next(args)
      }
    },
    // Innermost of its step: middleware of the user's sees what it would have seen.
    { name: NAME, step: 'initialize', priority: 'low' },
  )
  return client
}

/**
 * Handles messages one after the other, each in a process span and a context of its own, so that what the
 * handler does belongs to that message's flow alone. Stops at the first failure, and rejects with it. Takes
 * the `Messages` of a receive as they are, and records of a Lambda event too.
 */
export function processSqs<M extends SqsMessage>(
  messages: readonly M[] | undefined,
  handler: (message: M) => unknown,
  options?: ProcessSqsOptions,
): Promise<void>
/** The same for one message. The answer is the handler's. */
export function processSqs<M extends SqsMessage, R>(
  message: M,
  handler: (message: M) => R,
  options?: ProcessSqsOptions,
): R
export function processSqs<M extends SqsMessage, R>(
  messages: M | readonly M[] | undefined,
  handler: (message: M) => R,
  options: ProcessSqsOptions = {},
): R | Promise<void> {
  if (messages === undefined || isList(messages)) return processEach(messages ?? [], handler, options)
  return processOne(messages, handler, options)
}

function isList<M>(messages: M | readonly M[]): messages is readonly M[] {
  return Array.isArray(messages)
}

export type { ProcessSqsOptions } from './consumer.ts'
export type { SqsMessage } from '@flowstitch/dialects/sqs'
export type { SentMessage, SqsOptions } from './message.ts'
