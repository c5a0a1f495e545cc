import { guard, startSend, type Kernel, type SendOperation, type Sending } from '@flowstitch/core'
import { Unroutable } from './errors.ts'
import type { StopWatching } from './returns.ts'

/** The sending of one message that lasts until the broker has confirmed it. */
export class Confirming<M> {
  /** The message, as the client shall get it. */
  readonly message: M
  readonly #sending: Sending<M>
  readonly #stopWatching: StopWatching | undefined

  /** `watch` is given where the message may come back: where it is `mandatory`. */
  constructor(
    kernel: Kernel<M, never>,
    operation: SendOperation<M>,
    watch: ((message: M) => StopWatching) | undefined,
  ) {
    this.#sending = startSend(kernel, operation)
    const [message] = this.#sending.messages
    this.message = message as M
    this.#stopWatching =
      watch && guard('watching for returned messages', () => watch(this.message), undefined)
  }

  /** Makes the client's call. */
  run<R>(call: () => R): R {
    return this.#sending.run(call)
  }

  /** The broker has confirmed the message. */
  succeed(): void {
    if (!this.#failReturned()) this.#sending.succeed()
  }

  fail(error: unknown): void {
    if (!this.#failReturned()) this.#sending.fail(error)
  }

  /** What the broker has given back has reached no queue, whatever comes after. */
  #failReturned(): boolean {
    if (!this.#stopWatching?.()) return false
    this.#sending.fail(new Unroutable())
    return true
  }
}
