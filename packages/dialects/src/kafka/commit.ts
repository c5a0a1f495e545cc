import { creationContext, guard, type Endpoint, type Kernel, type SettleOperation } from '@flowstitch/core'
import { headerCarrier } from './carrier.ts'
import type { Positions } from './positions.ts'
import { positionFacts, topicDestination, type TopicPartition } from './record.ts'

/** A group's offset in one partition, as it is committed. */
export interface CommittedOffset extends TopicPartition {
  readonly offset: string | number
}

/** The offsets of one topic, as clients take those of several. */
export interface TopicOffsets {
  readonly topic: string
  readonly partitions: readonly Omit<CommittedOffset, 'topic'>[]
}

/** The offsets of several topics, one by one; none where they are none. */
export function offsetsIn(topics: readonly TopicOffsets[]): CommittedOffset[] {
  const all = (): CommittedOffset[] =>
    topics.flatMap(({ topic, partitions }) => partitions.map((place) => ({ topic, ...place })))
  return guard('reading offsets', all, [])
}

/** Those of topics that the user wants traced; undefined where all are of others. */
export function tracedOffsets(
  offsets: readonly CommittedOffset[],
  kernel: Pick<Kernel, 'traces'>,
): readonly CommittedOffset[] | undefined {
  const find = (): readonly CommittedOffset[] => offsets.filter(({ topic }) => kernel.traces(topic))
  const traced = guard('reading offsets', find, offsets)
  return traced.length > 0 || offsets.length === 0 ? traced : undefined
}

/**
 * A commit of offsets. Each is that of the next record, and settles those below it: the last of them is linked to,
 * where `positions` know it. Of what are no offsets it tells nothing: the client refuses them in its own way.
 */
export function commitOperation(
  offsets: readonly CommittedOffset[],
  endpoint: Endpoint,
  positions?: Positions,
): SettleOperation {
  const more = guard('describing a commit', () => settledBy(offsets, positions), {})
  return { name: 'commit', endpoint, ...more }
}

function settledBy(offsets: readonly CommittedOffset[], positions?: Positions): Partial<SettleOperation> {
  const [first] = offsets
  const isOneTopic = first && offsets.every(({ topic }) => topic === first.topic)
  const creations = offsets.flatMap((committed) => {
    const record = positions?.lastBelow(committed, Number(committed.offset))
    return (record && creationContext(headerCarrier, record)) ?? []
  })
  return {
    destination: isOneTopic ? topicDestination(first.topic) : undefined,
    facts: first && offsets.length === 1 ? positionFacts(first.partition, Number(first.offset)) : undefined,
    creations,
  }
}
