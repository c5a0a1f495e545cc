/** Beyond so many the oldest is forgotten: who declares a queue a request declares them without end. */
const MAX_QUEUES = 1000

/** The named queues that were declared to live no longer than a connection or its consumers. */
export class TemporaryQueues {
  readonly #names = new Set<string>()

  /** Notes a declaration. Queues without a name get one of the broker's, which tells. */
  note(queue: string | undefined, options: Lifetime | null | undefined): void {
    if (!queue || !(options?.exclusive || options?.autoDelete)) return
    this.#names.add(queue)
    if (this.#names.size <= MAX_QUEUES) return
    for (const oldest of this.#names) {
      this.#names.delete(oldest)
      return
    }
  }

  has(queue: string): boolean {
    return this.#names.size > 0 && this.#names.has(queue)
  }
}

/** What the declaration of a queue says of its end (AMQP 0-9-1, `queue.declare`). */
export interface Lifetime {
  readonly exclusive?: boolean
  readonly autoDelete?: boolean
}
