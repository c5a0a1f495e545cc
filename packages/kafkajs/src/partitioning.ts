import { guard } from '@flowstitch/core'
import type { ICustomPartitioner, Message, ProducerConfig } from 'kafkajs'

/** A message that the partitioner has not seen yet, and one that it has given more than one answer for. */
const UNDECIDED = -1
const AMBIGUOUS = -2

/**
 * Listens to a producer's partitioner, as kafkajs tells nobody which partition it has chosen for a message. It
 * does so for messages that are sent together only: for a single one the broker's answer says enough.
 */
export class Partitioning {
  readonly #partitions = new WeakMap<Message, number>()

  /** From when on to listen for these. An object that is sent again, or twice in one call, tells nothing. */
  watch(messages: readonly Message[]): void {
    for (const message of messages)
      this.#partitions.set(message, this.#partitions.has(message) ? AMBIGUOUS : UNDECIDED)
  }

  /** Undefined where the partitioner has said nothing, or, asked again for a retry, something else. */
  partitionOf(message: Message): number | undefined {
    const partition = this.#partitions.get(message) ?? UNDECIDED
    return partition < 0 ? undefined : partition
  }

  /** The same partitioner, listened to. */
  listenTo(create: ICustomPartitioner): ICustomPartitioner {
    return (...none) => {
      const partitioner = create(...none)
      if (typeof partitioner !== 'function') return partitioner
      return (...args) => {
        const partition = partitioner(...args)
        guard('noting a partition', () => this.#note(args[0].message, partition), undefined)
        return partition
      }
    }
  }

  #note(message: Message, partition: number): void {
    const known = this.#partitions.get(message)
    if (known === UNDECIDED) this.#partitions.set(message, partition)
    else if (known !== undefined && known !== partition) this.#partitions.set(message, AMBIGUOUS)
  }
}

/** A producer's configuration with its partitioner listened to: the one that it names, else that by default. */
export function listening(
  config: ProducerConfig | undefined,
  byDefault: () => ICustomPartitioner | undefined,
): { readonly config: ProducerConfig | undefined; readonly partitioning: Partitioning | undefined } {
  const own = config?.createPartitioner
  const createPartitioner = own === undefined && config !== null ? byDefault() : own
  if (typeof createPartitioner !== 'function') return { config, partitioning: undefined }
  const partitioning = new Partitioning()
  return {
    config: { ...config, createPartitioner: partitioning.listenTo(createPartitioner) },
    partitioning,
  }
}
