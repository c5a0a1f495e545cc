import type { KafkaMessage } from 'kafkajs'

interface Position {
  /** The highest offset that was handed to the handler, and the headers of its message. */
  highest: number
  headers: KafkaMessage['headers']
  /** Where the last handing over began, and how often it has begun there. */
  last: number
  count: number
}

/**
 * How far a group has handled each partition, in this process. Kafka counts no attempts: that a message comes again, after a
 * failure, a rebalance or a seek, shows by its offset alone. Bounded by the number of partitions.
 */
export class Positions {
  readonly #partitions = new Map<string, Position>()

  /**
   * Notes that messages are handed to the handler, and answers which attempt that is for each of their
   * offsets: undefined for those that the group has not seen here before.
   */
  begin(
    topic: string,
    partition: number,
    messages: readonly KafkaMessage[],
  ): (offset: number) => number | undefined {
    const first = messages[0]
    const end = messages.at(-1)
    if (!first || !end) return () => undefined
    const key = `${topic}/${partition}`
    const before = this.#partitions.get(key)
    const start = Number(first.offset)
    const count = before?.last === start ? before.count + 1 : 1
    const ahead =
      before && before.highest >= Number(end.offset)
        ? before
        : { highest: Number(end.offset), headers: end.headers }
    this.#partitions.set(key, { highest: ahead.highest, headers: ahead.headers, last: start, count })
    return (offset) => (before && offset <= before.highest ? Math.max(2, count) : undefined)
  }

  /** The headers of the last message that was handled below an offset that is being committed. */
  lastBelow(topic: string, partition: number, offset: number): Pick<KafkaMessage, 'headers'> | undefined {
    const position = this.#partitions.get(`${topic}/${partition}`)
    return position && position.highest < offset ? position : undefined
  }
}

/** Programs that make a group for each of their users must not pile them up. */
const MAX_GROUPS = 100

/** The positions of each group: a rebalance may give a partition to another consumer of the same process. */
export class Groups {
  readonly #groups = new Map<string, Positions>()

  positionsOf(groupId: string): Positions {
    const positions = this.#groups.get(groupId) ?? new Positions()
    this.#groups.delete(groupId)
    this.#groups.set(groupId, positions)
    if (this.#groups.size > MAX_GROUPS) this.#groups.delete(this.#groups.keys().next().value ?? '')
    return positions
  }
}
