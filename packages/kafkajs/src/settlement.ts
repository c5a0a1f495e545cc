import { observe, settle, wrapMethod } from '@flowstitch/core'
import { commitOperation, offsetsIn, PendingCommits, tracedOffsets } from '@flowstitch/dialects/kafka'
import type { Consumer, ConsumerCommitOffsetsEvent, RequestEvent } from 'kafkajs'
import type { Consumption } from './consumer.ts'
import type { Emitter } from './endpoint.ts'

/** Traces commits of offsets: those of `commitOffsets`, and those that kafkajs makes by itself. */
export function traceCommits(consumer: Consumer, consumption: Consumption): void {
  const { kernel, endpoint, positions } = consumption
  const byHand = new PendingCommits()
  wrapMethod(consumer, 'commitOffsets', (original) => {
    // Here, as a consumer that is traced already must not be listened to twice.
    listen(consumer, consumption, byHand)
    return (offsets) => {
      if (!kernel.traces() || !Array.isArray(offsets)) return original.call(consumer, offsets)
      const done = byHand.add(offsets)
      const call = (): Promise<void> => observe(() => original.call(consumer, offsets), done, done)
      const traced = tracedOffsets(offsets, kernel)
      return traced ? settle(kernel, commitOperation(traced, endpoint(), positions), call) : call()
    }
  })
}

/** kafkajs tells of each commit that has succeeded. Those by hand have their spans already. */
function listen(consumer: Consumer, consumption: Consumption, byHand: PendingCommits): void {
  const { kernel, endpoint, positions } = consumption
  let startTime: number | undefined
  const requests = consumer as Emitter<RequestEvent>
  requests.on(consumer.events.REQUEST, ({ payload }) => {
    if (payload.apiName === 'OffsetCommit') startTime = payload.createdAt
  })
  const commits = consumer as Emitter<ConsumerCommitOffsetsEvent>
  commits.on(consumer.events.COMMIT_OFFSETS, ({ payload }) => {
    if (!kernel.traces()) return
    const offsets = offsetsIn(payload.topics)
    const traced = byHand.take(offsets) ? undefined : tracedOffsets(offsets, kernel)
    if (!traced) return
    // One that a handler has asked for, by `commitOffsetsIfNecessary`, is the handler's.
    const unattended = consumption.isByItself()
    const operation = commitOperation(traced, endpoint(), positions)
    settle(kernel, { ...operation, unattended, startTime }, () => undefined)
  })
}
