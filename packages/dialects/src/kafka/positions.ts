import type { Headers } from './headers.ts'
import type { TopicPartition } from './record.ts'

/** What of a record that is handed out tells later how far its partition has been handled. */
export interface HandedRecord {
  readonly offset: string | number
  /** Milliseconds since the epoch. */
  readonly timestamp?: string | number | undefined
  readonly headers?: Headers | undefined
}

/** What is kept of a record: its key and its value are not. */
interface Place {
  readonly offset: number
  readonly headers: Headers | undefined
}

interface Position {
  /** The highest that a handler has begun with. */
  begun: Place
  /** The newest timestamp of what a handler has begun with. */
  newestMs: number
  /** The last that was handed out. */
  readonly end: Place
  /** Where the last handing over began, and which attempt it is there. */
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
   * attempt that is for each of their offsets: undefined for those that no handler of the group has begun with here.
   * It begins with the first. That it has come to others, `reach` tells.
   */
  begin(
    place: TopicPartition,
    first: HandedRecord | undefined,
    end: HandedRecord | undefined = first,
  ): (offset: number) => number | undefined {
    if (!first || !end) return () => undefined
    const key = keyOf(place)
    const known = this.#partitions.get(key)
    const before = known && !isReplaced(known, first) ? known : undefined
    const start = Number(first.offset)
    const highest = before?.begun.offset ?? -1
    const count = start > highest ? 1 : before?.start === start ? before.count + 1 : 2
    this.#partitions.set(key, {
      begun: before && highest >= start ? before.begun : placeOf(first),
      newestMs: Math.max(before?.newestMs ?? 0, timeOf(first)),
      end: placeOf(end),
      start,
      count,
    })
    return (offset) => (offset <= highest ? count : undefined)
  }

  /** Notes that the handler has begun with these, too. */
  reach(place: TopicPartition, records: readonly HandedRecord[]): void {
    const position = this.#partitions.get(keyOf(place))
    const last = records.at(-1)
    if (!position || !last) return
    if (Number(last.offset) > position.begun.offset) position.begun = placeOf(last)
    // Not `for … of`, in which each message of a batch has a context of its own.
    position.newestMs = records.reduce(
      (newest, record) => Math.max(newest, timeOf(record)),
      position.newestMs,
    )
  }

  /** The headers of the last record below an offset that is being committed, where it is known. */
  lastBelow(place: TopicPartition, offset: number): Pick<Place, 'headers'> | undefined {
    const { begun, end } = this.#partitions.get(keyOf(place)) ?? {}
    if (end && end.offset < offset) return end
    return begun?.offset === offset - 1 ? begun : undefined
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

function placeOf({ offset, headers }: HandedRecord): Place {
  return { offset: Number(offset), headers }
}

/** Records may have none. */
function timeOf({ timestamp }: HandedRecord): number {
  return Number(timestamp ?? 0) || 0
}

/**
 * Whether a record is of another topic of the same name, made anew: what comes again is not newer than all that
 * was there before.
 */
function isReplaced({ begun, newestMs }: Position, first: HandedRecord): boolean {
  return Number(first.offset) <= begun.offset && timeOf(first) > newestMs
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
