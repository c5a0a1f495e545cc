import { creationContext, settle, wrapMethod, type SettleOperation } from '@flowstitch/core'
import type { TopicMessages, Transaction } from 'kafkajs'
import { carrier } from './carrier.ts'
import { topicDestination } from '@flowstitch/dialects/kafka'
import type { Production } from './producer.ts'

type Creations = NonNullable<SettleOperation['creations']>

/** What SDKs keep of a span's links. */
const MAX_CREATIONS = 128

/** What a transaction has sent: its outcome is the outcome of all of it. */
export class TransactionLog {
  readonly #topics = new Set<string>()
  readonly #creations = new Map<string, Creations[number]>()

  /** Notes messages as kafkajs gets them, each with the context that it was made in. */
  note({ topic, messages }: TopicMessages): void {
    this.#topics.add(topic)
    for (const message of messages) {
      if (this.#creations.size >= MAX_CREATIONS) return
      const creation = creationContext(carrier, message)
      if (creation) this.#creations.set(creation.spanId, creation)
    }
  }

  get topic(): string | undefined {
    return this.#topics.size === 1 ? [...this.#topics][0] : undefined
  }

  get creations(): Creations {
    return [...this.#creations.values()]
  }
}

/** Traces the end of a transaction. One that is never ended has no span, and leaves none open. */
export function traceOutcome(
  transaction: Transaction,
  { kernel, endpoint }: Production,
  log: TransactionLog,
): void {
  const wrap = (method: 'commit' | 'abort', name: string): void =>
    wrapMethod(transaction, method, (original) => () => {
      const call = (): Promise<void> => original.call(transaction)
      if (!kernel.traces()) return call()
      const { topic, creations } = log
      const destination = topic === undefined ? undefined : topicDestination(topic)
      return settle(kernel, { name, destination, endpoint: endpoint(), creations }, call)
    })
  wrap('commit', 'commitTransaction')
  wrap('abort', 'abortTransaction')
}
