import { creationContext, guard, type Endpoint, type SettleOperation } from '@flowstitch/core'
import { headerCarrier } from './carrier.ts'
import type { Positions } from './positions.ts'
import { positionFacts, topicDestination, type TopicPartition } from './record.ts'

/** A group's offset in one partition, as it is committed. */
export interface CommittedOffset extends TopicPartition {
  readonly offset: string | number
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
