import { extended, send, type SendOperation } from '@flowstitch/core'
import { isTooLong, queuePlace, restoreDigests } from '@flowstitch/dialects/sqs'
import type {
  SendMessageBatchRequest,
  SendMessageBatchRequestEntry,
  SendMessageBatchResult,
  SendMessageRequest,
  SendMessageResult,
} from '@aws-sdk/client-sqs'
import type { Answer, Call, TracedCall } from './call.ts'
import { sendingCarrier } from './carrier.ts'
import { sentFacts, type SentMessage, type SqsKernel } from './message.ts'

/** Sends one message, in a send span whose context travels in it. */
export const sendMessage: TracedCall<SendMessageRequest, SendMessageResult> = (kernel, input, call) =>
  send(
    kernel,
    sending(kernel, input.QueueUrl, [input], false),
    async ([carrying = input]) => {
      const answer = await sendEither(call, carrying, input)
      restoreDigests(answer.output, carrying, input)
      return answer
    },
    ({ output }) => ({ facts: () => ({ id: output.MessageId }) }),
  )

/** Sends several messages, each with a create span of its own whose context travels in it. */
export const sendMessageBatch: TracedCall<SendMessageBatchRequest, SendMessageBatchResult> = (
  kernel,
  input,
  call,
) => {
  const { QueueUrl, Entries: entries = [] } = input
  return send(
    kernel,
    sending(kernel, QueueUrl, entries, true),
    async (messages) => {
      const Entries = messages as SendMessageBatchRequestEntry[]
      const answer = await sendEither(call, extended(input, { Entries }), input)
      for (const [index, own] of entries.entries()) {
        const sent = resultOf(own, answer.output.Successful)
        if (sent) restoreDigests(sent, Entries[index] ?? own, own)
      }
      return answer
    },
    ({ output: { Successful, Failed } }) => ({
      facts: (index) => ({ id: resultOf(entries[index], Successful)?.MessageId }),
      refused: (index) => resultOf(entries[index], Failed)?.Code,
    }),
  )
}

interface Identified {
  readonly Id: string | undefined
}

/** What the answer has for an entry of the batch. */
function resultOf<R extends Identified>(
  entry: Identified | undefined,
  results: readonly R[] | undefined,
): R | undefined {
  return results?.find(({ Id }) => Id === entry?.Id)
}

function sending<M extends SentMessage>(
  { options }: SqsKernel,
  queueUrl: string | undefined,
  messages: readonly M[],
  batch: boolean,
): SendOperation<M> {
  return {
    ...queuePlace(queueUrl),
    name: 'send',
    nests: true,
    batch,
    messages,
    carrier: sendingCarrier(messages),
    facts: (message) => sentFacts(message, options),
  }
}

/** A queue may have a smaller limit than SQS itself: what fails for that is sent again without what was added. */
async function sendEither<I, O>(call: Call<I, O>, carrying: I, own: I): Promise<Answer<O>> {
  try {
    return await call(carrying)
  } catch (error) {
    if (carrying === own || !isTooLong(error)) throw error
    return call(own)
  }
}
