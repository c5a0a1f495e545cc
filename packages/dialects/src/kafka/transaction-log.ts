import { creationContext, type SettleOperation } from '@flowstitch/core'
import { headerCarrier } from './carrier.ts'
import type { Headers } from './headers.ts'
import { topicDestination } from './record.ts'
import type { TopicRecords } from './sending.ts'

type Creations = NonNullable<SettleOperation['creations']>

/** A transaction that nobody ends must not fill the memory: these take some megabytes. */
const MAX_CREATIONS = 10_000

/** What a transaction has sent: its outcome is the outcome of all of it. */
export class TransactionLog {
  readonly #topics = new Set<string>()
  readonly #creations = new Map<string, Creations[number]>()
  #hasOffsets = false

  /** Notes records as the client gets them, each with the context that it was made in. */
  note({ topic, messages }: TopicRecords<{ readonly headers?: Headers }>): void {
    this.#topics.add(topic)
    for (const message of messages) {
      if (this.#creations.size >= MAX_CREATIONS) return
      const creation = creationContext(headerCarrier, message)
      if (creation) this.#creations.set(creation.spanId, creation)
    }
  }

  /** Notes that it has committed offsets. */
  noteOffsets(): void {
    this.#hasOffsets = true
  }

  /** Whether nothing was noted: then its end settles nothing that is to be told. */
  get isEmpty(): boolean {
    return this.#topics.size === 0 && !this.#hasOffsets
  }

  /** What its end settles. */
  get settled(): Pick<SettleOperation, 'destination' | 'creations'> {
    const [topic] = this.#topics
    const destination = topic !== undefined && this.#topics.size === 1 ? topicDestination(topic) : undefined
    return { destination, creations: [...this.#creations.values()] }
  }
}
