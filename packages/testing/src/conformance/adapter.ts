import type { InstrumentationOptions } from '@flowstitch/core'

/** A message as a test sees it, whatever the broker. */
export interface TestMessage {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** A destination of its own, with instrumented and bare clients on it. */
export interface TestSession {
  /** The destination's name, as it stands in `messaging.destination.name` of a send span. */
  readonly destination: string
  /** The same on consumer spans, where the system's conventions name it differently. */
  readonly consumedDestination?: string
  /** Sends through the instrumented client. Where `freeze` is set, every object handed to the client is frozen. */
  send(message: TestMessage, options?: { freeze?: boolean }): Promise<unknown>
  /** Sends in one call of the instrumented client. */
  sendBatch?(messages: readonly TestMessage[]): Promise<unknown>
  /** Sends through a client that was never instrumented. */
  sendBare(message: TestMessage): Promise<void>
  /**
   * Handles messages through the instrumented client until `close`. What `handler` throws fails the handling
   * as it does for users; the message need not be delivered again.
   */
  consume(handler: (message: TestMessage) => unknown): Promise<void>
  /** Hands messages to `handler` several at a time; `each` gives one its own context. */
  consumeBatches?(
    handler: (
      messages: readonly TestMessage[],
      each: (index: number, handle: () => unknown) => unknown,
    ) => unknown,
  ): Promise<void>
  /** The next message, read by a client that was never instrumented. */
  readBare(): Promise<TestMessage>
  close(): Promise<void>
}

/** What the conformance suite needs to know of an adapter. */
export interface AdapterUnderTest {
  readonly name: string
  /** The value of `messaging.system.name`. */
  readonly system: string
  readonly sendOperation: string
  readonly processOperation: string
  open(options?: InstrumentationOptions<never, never>): Promise<TestSession>
  /** Instruments the same client once more, or several times: nothing may change. Default of `open`: once. */
  openTwice(): Promise<TestSession>
}

/** A behaviour that a broker or client can't have, and why. */
export interface Skip {
  readonly behaviour: string
  readonly reason: string
}
