import { observe, settle } from '@flowstitch/core'
import { queuePlace } from '@flowstitch/dialects/sqs'
import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs'
import type { Answer, Call, TracedCall } from './call.ts'
import { deliveryOfReceipt, forgetReceipt } from './delivery.ts'
import type { SqsKernel } from './message.ts'

interface Entry {
  readonly Id?: string | undefined
  readonly ReceiptHandle?: string | undefined
}

interface SettleRequest extends Entry {
  readonly QueueUrl?: string | undefined
  readonly Entries?: readonly Entry[] | undefined
}

interface SettleResult {
  readonly Failed?: readonly BatchResultErrorEntry[] | undefined
}

type Settle = TracedCall<SettleRequest, SettleResult>

/** Deletes; what is deleted need not be remembered any longer. */
export const deleteMessages: Settle = (kernel, input, call) =>
  observe(
    () => settleMessages(kernel, 'delete', input, call),
    ({ output: { Failed = [] } }) => {
      for (const { Id, ReceiptHandle } of input.Entries ?? [input]) {
        if (!Failed.some((failed) => failed.Id === Id)) forgetReceipt(ReceiptHandle)
      }
    },
  )

/** Makes messages visible sooner or later than they would be. */
export const changeVisibility: Settle = (kernel, input, call) =>
  settleMessages(kernel, 'change_visibility', input, call)

function settleMessages(
  kernel: SqsKernel,
  name: string,
  input: SettleRequest,
  call: Call<SettleRequest, SettleResult>,
): Promise<Answer<SettleResult>> {
  const entries = input.Entries ?? [input]
  const deliveries = entries.flatMap(({ ReceiptHandle }) => deliveryOfReceipt(ReceiptHandle) ?? [])
  const unhandled = deliveries.filter(({ processing }) => !processing)
  const operation = {
    ...queuePlace(input.QueueUrl),
    name,
    nests: true,
    facts: input.Entries ? undefined : { id: deliveries[0]?.id },
    count: input.Entries?.length,
    processings: deliveries.flatMap(({ processing }) => processing ?? []),
    creations: unhandled.flatMap(({ creation }) => creation ?? []),
  }
  return settle(
    kernel,
    operation,
    () => call(input),
    ({ output: { Failed = [] } }) => Failed.map(({ Code }) => Code ?? '_OTHER'),
  )
}
