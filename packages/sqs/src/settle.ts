import { observe, settle } from '@flowstitch/core'
import { destinationOf, queueEndpoint, queueName } from '@flowstitch/dialects/sqs'
import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs'
import type { Answer, Call } from './call.ts'
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

type Settle = <I extends SettleRequest, O extends SettleResult>(
  kernel: SqsKernel,
  input: I,
  call: Call<I, O>,
) => Promise<Answer<O>>

/** Deletes; what is deleted need not be remembered any longer. */
export const deleteMessages: Settle = (kernel, input, call) =>
  observe(
    () => settleMessages(kernel, 'delete', input, call),
    ({ output: { Failed = [] } }) => {
      for (const { Id, ReceiptHandle } of input.Entries ?? [input]) {
        if (ReceiptHandle !== undefined && !Failed.some((failed) => failed.Id === Id))
          forgetReceipt(ReceiptHandle)
      }
    },
  )

/** Makes messages visible sooner or later than they would be. */
export const changeVisibility: Settle = (kernel, input, call) =>
  settleMessages(kernel, 'change_visibility', input, call)

function settleMessages<I extends SettleRequest, O extends SettleResult>(
  kernel: SqsKernel,
  name: string,
  input: I,
  call: Call<I, O>,
): Promise<Answer<O>> {
  const entries = input.Entries ?? [input]
  const deliveries = entries.map(({ ReceiptHandle }) => deliveryOfReceipt(ReceiptHandle)).filter((d) => !!d)
  const unhandled = deliveries.filter(({ processing }) => !processing)
  const operation = {
    name,
    destination: destinationOf(queueName(input.QueueUrl)),
    endpoint: queueEndpoint(input.QueueUrl),
    nests: true,
    facts: input.Entries ? undefined : { id: deliveries[0]?.id },
    count: input.Entries?.length,
    processings: deliveries.map(({ processing }) => processing).filter((p) => !!p),
    creations: unhandled.map(({ creation }) => creation).filter((c) => !!c),
  }
  return settle(
    kernel,
    operation,
    () => call(input),
    ({ output: { Failed = [] } }) => Failed.map(({ Code }) => Code ?? '_OTHER'),
  )
}
