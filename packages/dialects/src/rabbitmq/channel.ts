import type { Endpoint } from '@flowstitch/core'
import { Deliveries } from './deliveries.ts'
import { ChannelClosed } from './errors.ts'
import type { RabbitKernel } from './kernel.ts'

/** What is known of a channel of a client. */
export class TracedChannel<Sent = never, Received = never> {
  readonly kernel: RabbitKernel<Sent, Received>
  readonly endpoint: Endpoint
  readonly deliveries: Deliveries = new Deliveries()
  #error: unknown

  constructor(kernel: RabbitKernel<Sent, Received>, endpoint: Endpoint) {
    this.kernel = kernel
    this.endpoint = endpoint
  }

  /** Why the channel was closed: the broker's words, where it had any. */
  get closeReason(): unknown {
    return this.#error ?? new ChannelClosed()
  }

  /** The client has told of an error, which may be why the channel is closed next. */
  failed(error: unknown): void {
    this.#error = error
  }

  /** The channel is gone: what was in hand is lost. */
  closed(): void {
    this.deliveries.lose(this.closeReason)
  }
}
