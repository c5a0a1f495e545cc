import { context } from '@opentelemetry/api'
import { guard, observe, settle, wrapMethod } from '@flowstitch/core'
import { commitOperation, type CommittedOffset } from '@flowstitch/dialects/kafka'
import type { Consumer, ConsumerCommitOffsetsEvent, RequestEvent, TopicOffsets } from 'kafkajs'
import type { Consumption } from './consumer.ts'
import type { Emitter } from './endpoint.ts'
import type { KafkaKernel } from './message.ts'

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
      const commit = { offsets: textOf(offsets) }
      const done = (): void => void byHand.delete(commit)
      byHand.add(commit)
      const call = (): Promise<void> => observe(() => original.call(consumer, offsets), done, done)
      const traced = tracedOffsets(kernel, offsets)
      return traced ? settle(kernel, commitOperation(traced, endpoint(), positions), call) : call()
    }
  })
}

/** kafkajs tells of each commit that has succeeded. `isTold` asks whether it is one by hand, which is told already. */
function listen(
  consumer: Consumer,
  { kernel, endpoint, positions, running }: Consumption,
  isTold: (offsets: string) => boolean,
): void {
  let startTime: number | undefined
  ;(consumer as Emitter<RequestEvent>).on(consumer.events.REQUEST, ({ payload }) => {
    if (payload.apiName === 'OffsetCommit') startTime = payload.createdAt
  })
  ;(consumer as Emitter<ConsumerCommitOffsetsEvent>).on(consumer.events.COMMIT_OFFSETS, ({ payload }) => {
    const offsets = offsetsIn(payload.topics)
    if (isTold(textOf(offsets)) || !kernel.traces()) return
    const traced = tracedOffsets(kernel, offsets)
    if (!traced) return
    // One that a handler has asked for, by `commitOffsetsIfNecessary`, comes in the handler's context.
    const unattended = context.active() === running.context
    const operation = commitOperation(traced, endpoint(), positions)
    settle(kernel, { ...operation, unattended, startTime }, () => undefined)
  })
}

/** Those of topics that the user wants traced; undefined where all are of others. */
export function tracedOffsets(
  kernel: KafkaKernel,
  offsets: readonly CommittedOffset[],
): readonly CommittedOffset[] | undefined {
  const isTraced = ({ topic }: CommittedOffset): boolean => kernel.traces(topic)
  const traced = guard('reading offsets', () => offsets.filter(isTraced), offsets)
  return traced.length > 0 || offsets.length === 0 ? traced : undefined
}

/** The same offsets as the same text, in whatever order and form. */
function textOf(offsets: readonly CommittedOffset[]): string {
  const texts = (): string[] =>
    offsets.map(({ topic, partition, offset }) => `${topic}/${partition}/${Number(offset)}`)
  return guard('reading offsets', texts, []).toSorted().join()
}

/** The offsets of several topics, one by one; none where they are none. */
export function offsetsIn(topics: readonly TopicOffsets[]): CommittedOffset[] {
  const all = (): CommittedOffset[] =>
    topics.flatMap(({ topic, partitions }) => partitions.map((place) => ({ topic, ...place })))
  return guard('reading offsets', all, [])
}
