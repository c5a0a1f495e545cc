import { send, type SendOperation } from '@flowstitch/core'
import { destinationOf, queueEndpoint, queueName } from '@flowstitch/dialects/sqs'
import type {
  SendMessageBatchRequest,
  SendMessageBatchRequestEntry,
  SendMessageBatchResult,
  SendMessageRequest,
  SendMessageResult,
} from '@aws-sdk/client-sqs'
import type { Answer, Call } from './call.ts'
import { sendingCarrier } from './carrier.ts'
import { isTooLong } from './errors.ts'
import { restoreDigest, type Digested } from './md5.ts'
import { sentFacts, type SentMessage, type SqsKernel } from './message.ts'

/** Sends one message, in a send span whose context travels in it. */
export function sendMessage(
  kernel: SqsKernel,
  input: SendMessageRequest,
  call: Call<SendMessageRequest, SendMessageResult>,
): Promise<Answer<SendMessageResult>> {
  return send(
    kernel,
    sending(kernel, input.QueueUrl, [input], false),
    async ([message]) => {
      const carrying = message as SendMessageRequest
      const answer = await sendEither(call, carrying, input)
      restore(answer.output, carrying, input)
      return answer
    },
    ({ output }) => ({ facts: () => ({ id: output.MessageId }) }),
  )
}

/** Sends several messages, each with a create span of its own whose context travels in it. */
export function sendMessageBatch(
  kernel: SqsKernel,
  input: SendMessageBatchRequest,
  call: Call<SendMessageBatchRequest, SendMessageBatchResult>,
): Promise<Answer<SendMessageBatchResult>> {
  const entries = input.Entries ?? []
  return send(
    kernel,
    sending(kernel, input.QueueUrl, entries, true),
    async (messages) => {
      const carrying = messages as SendMessageBatchRequestEntry[]
      const answer = await sendEither(call, { ...input, Entries: carrying }, input)
      for (const sent of answer.output.Successful ?? []) {
        const index = entries.findIndex(({ Id }) => Id === sent.Id)
        restore(sent, carrying[index], entries[index])
      }
      return answer
    },
    ({ output: { Successful = [], Failed = [] } }) => ({
      facts: (index) => ({ id: Successful.find(({ Id }) => Id === entries[index]?.Id)?.MessageId }),
      refused: (index) => Failed.find(({ Id }) => Id === entries[index]?.Id)?.Code,
    }),
  )
}

function sending(
  kernel: SqsKernel,
  queueUrl: string | undefined,
  messages: readonly SentMessage[],
  batch: boolean,
): SendOperation<SentMessage> {
  return {
    name: 'send',
    destination: destinationOf(queueName(queueUrl)),
    endpoint: queueEndpoint(queueUrl),
    nests: true,
    batch,
    messages,
    carrier: sendingCarrier(messages),
    facts: (message) => sentFacts(message, kernel.options),
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

/** The digests become those of what the user has sent, not of what was added. */
function restore(digested: Digested, carrying: SentMessage | undefined, own: SentMessage | undefined): void {
  if (!carrying || !own || carrying === own) return
  const both = [carrying, own] as const
  const [all, known] = both.map(({ MessageAttributes }) => MessageAttributes)
  if (all && all !== known) restoreDigest(digested, 'MD5OfMessageAttributes', all, known)
  const [allSystem, knownSystem] = both.map(({ MessageSystemAttributes }) => MessageSystemAttributes)
  if (allSystem && allSystem !== knownSystem) {
    restoreDigest(digested, 'MD5OfMessageSystemAttributes', allSystem, knownSystem)
  }
}
