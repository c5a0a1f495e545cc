import { guard, observe, settle, wrapMethod } from '@flowstitch/core'
import { commitOperation, type CommittedOffset } from '@flowstitch/dialects/kafka'
import type { Consumer, ConsumerCommitOffsetsEvent, TopicOffsets } from 'kafkajs'
import type { Consumption } from './consumer.ts'
import type { Emitter } from './endpoint.ts'

/** Traces commits of offsets: those of `commitOffsets`, and those that kafkajs makes by itself. */
export function traceCommits(consumer: Consumer, { kernel, endpoint, positions }: Consumption): void {
  let byHand = 0
  const listen = (): void => {
    const emitter = consumer as Emitter<ConsumerCommitOffsetsEvent>
    emitter.on(consumer.events.COMMIT_OFFSETS, ({ payload }) => {
      if (byHand > 0 || !kernel.traces()) return
      const operation = commitOperation(offsetsIn(payload.topics), endpoint(), positions)
      settle(kernel, { ...operation, unattended: true }, () => undefined)
    })
  }
  wrapMethod(consumer, 'commitOffsets', (original) => {
    // Here, as a consumer that is traced already must not be listened to twice.
    listen()
    return (offsets) => {
      if (!Array.isArray(offsets) || !kernel.traces()) return original.call(consumer, offsets)
      const done = (): void => void byHand--
      byHand++
      return settle(kernel, commitOperation(offsets, endpoint(), positions), () =>
        observe(() => original.call(consumer, offsets), done, done),
      )
    }
  })
}

/** The offsets of several topics, one by one; none where they are none. */
export function offsetsIn(topics: readonly TopicOffsets[]): CommittedOffset[] {
  const all = (): CommittedOffset[] =>
    topics.flatMap(({ topic, partitions }) => partitions.map((place) => ({ topic, ...place })))
  return guard('reading offsets', all, [])
}
