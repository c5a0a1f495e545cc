import { guard } from '@flowstitch/core'
import type { Route } from './destination.ts'
import type { Properties } from './facts.ts'
import { headerCarrier } from './headers.ts'
import type { Table } from './values.ts'

/** Ends the watch; true where the broker has given the message back. */
export type StopWatching = () => boolean

/** Hears of a message that has come back, as the broker gives it back: with its route and all of its properties. */
export type OnReturn = (route: Route, properties: Properties) => void

interface Watched {
  returned: boolean
}

/**
 * Watches for messages that the broker gives back: `mandatory` ones that no queue wants. It does so right before it
 * confirms them, and in the order in which they were sent: of those that nothing tells apart, the oldest has come back.
 */
export class Returns {
  readonly #listen: (onReturn: OnReturn) => void
  readonly #inFlight = new Map<string, Set<Watched>>()
  #listening = false

  /** `listen` is called once, when there is something to listen for. */
  constructor(listen: (onReturn: OnReturn) => void) {
    this.#listen = listen
  }

  /** Watches for a message as it goes to the client. */
  watch(route: Route, properties: Properties | null | undefined): StopWatching {
    const identity = identityOf(route, properties)
    if (!this.#listening) this.#listen((...returned) => this.#note(...returned))
    this.#listening = true
    const watched = { returned: false }
    const alike = this.#inFlight.get(identity)
    if (alike) alike.add(watched)
    else this.#inFlight.set(identity, new Set([watched]))
    return () => {
      this.#forget(identity, watched)
      return watched.returned
    }
  }

  #note(route: Route, properties: Properties): void {
    const identity = guard('reading a returned message', () => identityOf(route, properties), '')
    const [oldest] = this.#inFlight.get(identity) ?? []
    if (!oldest) return
    oldest.returned = true
    this.#forget(identity, oldest)
  }

  #forget(identity: string, watched: Watched): void {
    const alike = this.#inFlight.get(identity)
    if (alike?.delete(watched) && alike.size === 0) this.#inFlight.delete(identity)
  }
}

const carrier = headerCarrier<Properties>(({ headers }) => headers as Table | undefined)

/** What tells a message from others. Many have a trace context of their own, but users give several the same. */
function identityOf({ exchange, routingKey }: Route, properties: Properties | null | undefined): string {
  const traceparent = properties && carrier.get(properties, 'traceparent')
  return JSON.stringify([exchange, routingKey, properties?.messageId, traceparent])
}
