import { guard, type ReadCarrier } from '@flowstitch/core'

/** Ends the watch; true where the broker has given the message back. */
export type StopWatching = () => boolean

const notWatched: StopWatching = () => false

/**
 * Watches for messages that the broker gives back: `mandatory` ones that no queue wants. It does so right
 * before it confirms them, and with their headers, so that their trace context tells which ones they are.
 */
export class Returns<Sent, Returned> {
  readonly #sent: ReadCarrier<Sent>
  readonly #returned: ReadCarrier<Returned>
  readonly #listen: (onReturn: (message: Returned) => void) => void
  readonly #inFlight = new Map<string, { returned: boolean }>()
  #listening = false

  /** `listen` is called once, when there is something to listen for. */
  constructor(
    sent: ReadCarrier<Sent>,
    returned: ReadCarrier<Returned>,
    listen: (onReturn: (message: Returned) => void) => void,
  ) {
    this.#sent = sent
    this.#returned = returned
    this.#listen = listen
  }

  watch(message: Sent): StopWatching {
    const key = this.#sent.get(message, 'traceparent')
    if (typeof key !== 'string' || this.#inFlight.has(key)) return notWatched
    if (!this.#listening) this.#listen((returned) => this.#note(returned))
    this.#listening = true
    const watched = { returned: false }
    this.#inFlight.set(key, watched)
    return () => {
      this.#inFlight.delete(key)
      return watched.returned
    }
  }

  #note(message: Returned): void {
    const key = guard(
      'reading a returned message',
      () => this.#returned.get(message, 'traceparent'),
      undefined,
    )
    const watched = typeof key === 'string' ? this.#inFlight.get(key) : undefined
    if (watched) watched.returned = true
  }
}
