import type { Headers } from './headers.ts'
import type { TopicPartition } from './record.ts'

/** What of a record that is handed out tells later how far its partition has been handled. */
export interface HandedRecord {
  readonly offset: string | number
  readonly headers?: Headers | undefined
}

interface Position {
  /** The highest offset that was handed to the handler, and the headers of its record. */
  readonly highest: number
  readonly headers: Headers | undefined
  /** Where the last handing over began, and how often it has begun there. */
  readonly start: number
  readonly count: number
}

/**
 * How far a group has handled each partition, in this process. Kafka counts no attempts: that a record comes again, after a
 * failure, a rebalance or a seek, shows by its offset alone. Bounded by the number of partitions.
 */
export class Positions {
  readonly #partitions = new Map<string, Position>()

  /**
   * Notes that records are handed to the handler, from `first` to `end` of one partition, and answers which
   * attempt that is for each of their offsets: undefined for those that the group has not seen here before.
   */
  begin(
    { topic, partition }: TopicPartition,
    first: HandedRecord | undefined,
    end: HandedRecord | undefined = first,
  ): (offset: number) => number | undefined {
    if (!first || !end) return () => undefined
    const key = `${topic}/${partition}`
    const before = this.#partitions.get(key)
    const start = Number(first.offset)
    const last = Number(end.offset)
    const isAhead = !before || before.highest < last
    const count = before?.start === start ? before.count + 1 : 1
    this.#partitions.set(key, {
      highest: isAhead ? last : before.highest,
      headers: isAhead ? end.headers : before.headers,
      start,
      count,
    })
    return (offset) => (before && offset <= before.highest ? Math.max(2, count) : undefined)
  }

  /** The headers of the last record that was handled below an offset that is being committed. */
  lastBelow(
    { topic, partition }: TopicPartition,
    offset: number,
  ): { readonly headers: Headers | undefined } | undefined {
    const position = this.#partitions.get(`${topic}/${partition}`)
    return position && position.highest < offset ? position : undefined
  }
}

/** Programs that make a group for each of their users must not pile them up. */
const MAX_GROUPS = 100

/** The positions of each group: a rebalance may give a partition to another consumer of the same process. */
export class GroupPositions {
  readonly #groups = new Map<string, Positions>()

  /** Of a group that has not been asked for since a hundred others, nothing is known any more. */
  of(groupId: string): Positions {
    const positions = this.#groups.get(groupId) ?? new Positions()
    this.#groups.delete(groupId)
    this.#groups.set(groupId, positions)
    if (this.#groups.size > MAX_GROUPS) this.#groups.delete(this.#groups.keys().next().value ?? '')
    return positions
  }
}
