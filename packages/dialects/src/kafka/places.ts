import type { CoordinateRange, MessageFacts, SendOutcome } from '@flowstitch/core'
import type { ChosenPartitions } from './partitions.ts'
import { positionFacts, type OutgoingRecord } from './record.ts'
import type { TopicRecords } from './sending.ts'

/** The first offset in one partition of what a call has put there. */
export interface PartitionAnswer {
  readonly topicName: string
  readonly partition: number
  /** Not there, or -1, where the broker did not tell. */
  readonly baseOffset?: string | undefined
}

/** What of a call went to one partition. */
interface Share {
  readonly partition: number
  readonly start: number
  count: number
}

/** What of a call went to one topic, by partition, as far as the broker answered. */
interface TopicShares {
  readonly byPartition: Map<number, Share>
  /** Whether it adds up: every record has its partition, and every partition its records. */
  known: boolean
}

interface Place {
  readonly topic: TopicShares
  readonly partition: number
  readonly offset: number
}

/**
 * Where the broker has put the records of a call, as the client got them. It answers with the first offset in each
 * partition. A call's records lie one behind the other from there on, in their order in the call, so their places
 * are known where it is known which of them went to which partition: from `chosen`, or from what they name themselves.
 */
export function outcomeOf(
  topics: readonly TopicRecords<OutgoingRecord>[],
  answer: readonly PartitionAnswer[],
  chosen?: ChosenPartitions,
): SendOutcome {
  const [only] = topics
  if (topics.length === 1 && only?.messages.length === 1) return singleOutcome(only.topic, answer)
  let found: Places | undefined
  const places = (): Places => (found ??= new Places(topics, answer, chosen))
  return {
    facts: (index) => places().factsOf(index),
    coordinates: () => places().ranges(),
  }
}

/** One record is where the answer says. */
function singleOutcome(topic: string, answer: readonly PartitionAnswer[]): SendOutcome {
  const [place] = answer
  const offset = Number(place?.baseOffset ?? -1)
  const known = answer.length === 1 && place?.topicName === topic && offset >= 0
  const facts = known ? positionFacts(place.partition, offset) : undefined
  return { facts: () => facts }
}

class Places {
  readonly #topics: ReadonlyMap<string, TopicShares>
  readonly #places: (Place | undefined)[] = []

  constructor(
    topics: readonly TopicRecords<OutgoingRecord>[],
    answer: readonly PartitionAnswer[],
    chosen: ChosenPartitions | undefined,
  ) {
    this.#topics = sharesOf(answer)
    for (const { topic, messages } of topics) {
      const shares = this.#topics.get(topic)
      for (const record of messages)
        this.#places.push(shares && placeIn(shares, partitionOf(record, shares, chosen)))
    }
    for (const shares of this.#topics.values())
      if (Array.from(shares.byPartition.values()).some(({ count }) => count === 0)) shares.known = false
  }

  factsOf(index: number): MessageFacts | undefined {
    const place = this.#places[index]
    return place?.topic.known ? positionFacts(place.partition, place.offset) : undefined
  }

  ranges(): CoordinateRange[] {
    return [...this.#topics].flatMap(([topic, { byPartition, known }]) =>
      known
        ? Array.from(byPartition.values(), ({ partition, start, count }) => ({
            log: `kafka/${topic}/${partition}`,
            start,
            count,
          }))
        : [],
    )
  }
}

/** A partition that is answered twice was sent to twice, as its leader moved: then nothing is certain. */
function sharesOf(answer: readonly PartitionAnswer[]): Map<string, TopicShares> {
  const topics = new Map<string, TopicShares>()
  for (const { topicName, partition, baseOffset } of answer) {
    const shares = topics.get(topicName) ?? { byPartition: new Map<number, Share>(), known: true }
    const start = Number(baseOffset ?? -1)
    if (start < 0 || shares.byPartition.has(partition)) shares.known = false
    shares.byPartition.set(partition, { partition, start, count: 0 })
    topics.set(topicName, shares)
  }
  return topics
}

function placeIn(topic: TopicShares, partition: number | undefined): Place | undefined {
  const share = partition === undefined ? undefined : topic.byPartition.get(partition)
  if (!share) {
    topic.known = false
    return undefined
  }
  return { topic, partition: share.partition, offset: share.start + share.count++ }
}

/** As the partitioner has chosen, or, where nobody listened to it, as its input and the answer leave no choice. */
function partitionOf(
  record: OutgoingRecord,
  { byPartition }: TopicShares,
  chosen: ChosenPartitions | undefined,
): number | undefined {
  if (byPartition.size === 1) return byPartition.keys().next().value
  return chosen ? chosen.of(record) : record.partition
}
