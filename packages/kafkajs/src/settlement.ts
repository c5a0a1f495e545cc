import { creationContext, observe, settle, wrapMethod, type SettleOperation } from '@flowstitch/core'
import { positionFacts, topicDestination } from '@flowstitch/dialects/kafka'
import type { Consumer, ConsumerCommitOffsetsEvent, TopicOffsets, Transaction } from 'kafkajs'
import { carrier } from './carrier.ts'
import type { Consumption } from './consumer.ts'
import type { Emitter, EndpointOf } from './endpoint.ts'
import type { KafkaKernel } from './message.ts'
import type { Positions } from './positions.ts'

/** Traces commits of offsets: those of `commitOffsets`, and those that kafkajs makes by itself. */
export function traceCommits(consumer: Consumer, { kernel, endpoint, positions }: Consumption): void {
  let byHand = 0
  const listen = (): void => {
    const emitter = consumer as Emitter<ConsumerCommitOffsetsEvent>
    emitter.on(consumer.events.COMMIT_OFFSETS, ({ payload }) => {
      if (byHand > 0 || !kernel.traces()) return
      settle(kernel, { ...commitOf(payload.topics, endpoint, positions), unattended: true }, () => undefined)
    })
  }
  wrapMethod(consumer, 'commitOffsets', (original) => {
    // Here, as a consumer that is traced already must not be listened to twice.
    listen()
    return (offsets) => {
      if (!Array.isArray(offsets) || !kernel.traces()) return original.call(consumer, offsets)
      const topics = offsets.map(({ topic, partition, offset }) => ({
        topic,
        partitions: [{ partition, offset }],
      }))
      const done = (): void => void byHand--
      byHand++
      return settle(kernel, commitOf(topics, endpoint, positions), () =>
        observe(() => original.call(consumer, offsets), done, done),
      )
    }
  })
}

/** Traces the commit of a consumer's offsets within a producer's transaction. */
export function traceSendOffsets(transaction: Transaction, kernel: KafkaKernel, endpoint: EndpointOf): void {
  wrapMethod(transaction, 'sendOffsets', (original) => (offsets) => {
    const call = (): Promise<void> => original.call(transaction, offsets)
    if (!Array.isArray(offsets?.topics) || !kernel.traces()) return call()
    const group = (): ReturnType<EndpointOf> => ({ ...endpoint(), consumerGroup: offsets.consumerGroupId })
    return settle(kernel, commitOf(offsets.topics, group, undefined), call)
  })
}

/** A committed offset is that of the next message: it settles those below it. */
function commitOf(
  topics: readonly TopicOffsets[],
  endpoint: EndpointOf,
  positions: Positions | undefined,
): SettleOperation {
  const places = topics.flatMap(({ topic, partitions }) => partitions.map((place) => ({ topic, ...place })))
  const [first] = places
  const oneTopic = first && places.every(({ topic }) => topic === first.topic)
  const creations = places.flatMap(({ topic, partition, offset }) => {
    const message = positions?.lastBelow(topic, partition, Number(offset))
    return (message && creationContext(carrier, message)) ?? []
  })
  return {
    name: 'commit',
    destination: oneTopic ? topicDestination(first.topic) : undefined,
    endpoint: endpoint(),
    facts: first && places.length === 1 ? positionFacts(first.partition, Number(first.offset)) : undefined,
    creations,
  }
}
