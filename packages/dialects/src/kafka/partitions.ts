import { guard } from '@flowstitch/core'

/** Makes what a client asks for the partition of a record. */
type MakePartitioner<A> = () => (args: A) => number

/** A record that nobody has chosen a partition for yet, and one that more than one was chosen for. */
const UNDECIDED = -1
const AMBIGUOUS = -2

/**
 * Which partition a client has chosen for each record, where its partitioner tells: brokers answer with the first
 * offset in each partition, and not with what lies there.
 */
export class ChosenPartitions {
  readonly #partitions = new WeakMap<object, number>()

  /** From when on choices for these count. An object that is sent again, or twice in one call, tells nothing. */
  watch(records: readonly object[]): void {
    for (const record of records)
      this.#partitions.set(record, this.#partitions.has(record) ? AMBIGUOUS : UNDECIDED)
  }

  /** Notes what was chosen for a record that is watched. */
  note(record: object, partition: number): void {
    const known = this.#partitions.get(record)
    if (known === UNDECIDED) this.#partitions.set(record, partition)
    else if (known !== undefined && known !== partition) this.#partitions.set(record, AMBIGUOUS)
  }

  /** Undefined where nothing was chosen, or, for a retry, something else. */
  of(record: object): number | undefined {
    const partition = this.#partitions.get(record) ?? UNDECIDED
    return partition < 0 ? undefined : partition
  }

  /** The same partitioner, listened to: what it chooses is noted. */
  listenTo<A extends { readonly message: object }>(create: MakePartitioner<A>): MakePartitioner<A> {
    return (...none) => {
      const partitioner = create(...none)
      if (typeof partitioner !== 'function') return partitioner
      return (...args) => {
        const partition = partitioner(...args)
        guard('noting a partition', () => this.note(args[0].message, partition), undefined)
        return partition
      }
    }
  }
}
