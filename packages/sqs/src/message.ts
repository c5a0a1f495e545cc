import type { InstrumentationOptions, Kernel, MessageFacts } from '@flowstitch/core'
import { sizeFacts, type SqsMessage } from '@flowstitch/dialects/sqs'
import type { SendMessageBatchRequestEntry, SendMessageRequest } from '@aws-sdk/client-sqs'

/** A message as a call of the SDK sends it, alone or in a batch. */
export type SentMessage = SendMessageRequest | SendMessageBatchRequestEntry

/** The options of all adapters, for messages of SQS. */
export type SqsOptions = InstrumentationOptions<SentMessage, SqsMessage>
export type SqsKernel = Kernel<SentMessage, SqsMessage>

/** What is known of a message before it is sent. */
export function sentFacts({ MessageBody }: SentMessage, options: SqsOptions): MessageFacts {
  return sizeFacts(MessageBody, options)
}
