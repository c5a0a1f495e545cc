import { creationContext, type SettleOperation } from '@flowstitch/core'
import { headerCarrier } from './carrier.ts'
import type { Headers } from './headers.ts'
import { topicDestination } from './record.ts'
import type { TopicRecords } from './sending.ts'

type Creations = NonNullable<SettleOperation['creations']>

/** What SDKs keep of a span's links. */
const MAX_CREATIONS = 128

/** What a transaction has sent: its outcome is the outcome of all of it. */
export class TransactionLog {
  readonly #topics = new Set<string>()
  readonly #creations = new Map<string, Creations[number]>()

  /** Notes records as the client gets them, each with the context that it was made in. */
  note({ topic, messages }: TopicRecords<{ readonly headers?: Headers }>): void {
    this.#topics.add(topic)
    for (const message of messages) {
      if (this.#creations.size >= MAX_CREATIONS) return
      const creation = creationContext(headerCarrier, message)
      if (creation) this.#creations.set(creation.spanId, creation)
    }
  }

  /** What its end settles. */
  get settled(): Pick<SettleOperation, 'destination' | 'creations'> {
    const [topic] = this.#topics
    const destination = topic !== undefined && this.#topics.size === 1 ? topicDestination(topic) : undefined
    return { destination, creations: [...this.#creations.values()] }
  }
}
