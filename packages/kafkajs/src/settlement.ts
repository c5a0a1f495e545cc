import { observe, settle, wrapMethod } from '@flowstitch/core'
import { commitOperation, offsetsIn, offsetsText, tracedOffsets } from '@flowstitch/dialects/kafka'
import type { Consumer, ConsumerCommitOffsetsEvent, RequestEvent } from 'kafkajs'
import type { Consumption } from './consumer.ts'
import type { Emitter } from './endpoint.ts'

/** Traces commits of offsets: those of `commitOffsets`, and those that kafkajs makes by itself. */
export function traceCommits(consumer: Consumer, consumption: Consumption): void {
  const { kernel, endpoint, positions } = consumption
  const byHand = new Set<{ readonly offsets: string }>()
  wrapMethod(consumer, 'commitOffsets', (original) => {
    // Here, as a consumer that is traced already must not be listened to twice.
    listen(consumer, consumption, (offsets) => {
      const told = Array.from(byHand).find((commit) => commit.offsets === offsets)
      return told !== undefined && byHand.delete(told)
    })
    return (offsets) => {
      if (!kernel.traces() || !Array.isArray(offsets)) return original.call(consumer, offsets)
      const commit = { offsets: offsetsText(offsets) }
      const done = (): void => void byHand.delete(commit)
      byHand.add(commit)
      const call = (): Promise<void> => observe(() => original.call(consumer, offsets), done, done)
      const traced = tracedOffsets(offsets, kernel)
      return traced ? settle(kernel, commitOperation(traced, endpoint(), positions), call) : call()
    }
  })
}

/** kafkajs tells of each commit that has succeeded. `isTold` asks whether it is one by hand, which is told already. */
function listen(consumer: Consumer, consumption: Consumption, isTold: (offsets: string) => boolean): void {
  const { kernel, endpoint, positions } = consumption
  let startTime: number | undefined
  const requests = consumer as Emitter<RequestEvent>
  requests.on(consumer.events.REQUEST, ({ payload }) => {
    if (payload.apiName === 'OffsetCommit') startTime = payload.createdAt
  })
  const commits = consumer as Emitter<ConsumerCommitOffsetsEvent>
  commits.on(consumer.events.COMMIT_OFFSETS, ({ payload }) => {
    const offsets = offsetsIn(payload.topics)
    const traced = isTold(offsetsText(offsets)) ? undefined : tracedOffsets(offsets, kernel)
    if (!traced || !kernel.traces()) return
    // One that a handler has asked for, by `commitOffsetsIfNecessary`, is the handler's.
    const unattended = consumption.isByItself()
    const operation = commitOperation(traced, endpoint(), positions)
    settle(kernel, { ...operation, unattended, startTime }, () => undefined)
  })
}
