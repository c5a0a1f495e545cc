import { guard } from '@flowstitch/core'
import type { Message } from 'amqplib'
import { published, received, type Publication } from './carrier.ts'
import type { AmqpChannel } from './channel.ts'

/** Ends the watch; true where the broker has given the message back. */
type StopWatching = () => boolean

const notWatched: StopWatching = () => false

/**
 * Watches for messages that the broker gives back: `mandatory` ones that no queue wants. It does so right
 * before it confirms them, and with their headers, so that their trace context tells which ones they are.
 */
export class Returns {
  readonly #channel: AmqpChannel
  readonly #inFlight = new Map<string, { returned: boolean }>()
  #listening = false

  constructor(channel: AmqpChannel) {
    this.#channel = channel
  }

  watch(publication: Publication): StopWatching {
    const key = publication.options?.mandatory ? published.get(publication, 'traceparent') : undefined
    if (typeof key !== 'string' || this.#inFlight.has(key)) return notWatched
    this.#listen()
    const watched = { returned: false }
    this.#inFlight.set(key, watched)
    return () => {
      this.#inFlight.delete(key)
      return watched.returned
    }
  }

  #listen(): void {
    if (this.#listening) return
    this.#listening = true
    this.#channel.on('return', (message: Message) => {
      const key = guard('reading a returned message', () => received.get(message, 'traceparent'), undefined)
      const watched = typeof key === 'string' ? this.#inFlight.get(key) : undefined
      if (watched) watched.returned = true
    })
  }
}
