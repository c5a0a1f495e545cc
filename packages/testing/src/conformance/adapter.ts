import type { InstrumentationOptions } from '@flowstitch/core'

/** A message as a test sees it, whatever the broker. */
export interface TestMessage {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** A message to be sent. Without `headers` the client gets none at all, not even an empty object. */
export interface OutgoingMessage {
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
  /** For brokers whose messages have keys. */
  readonly key?: string
}

/**
 * How the messages that a session consumes are settled: `after` the handler, as users of the client do it;
 * by the handler itself (`within`); `automatically`, without any call; or `never`.
 */
export type Settlement = 'after' | 'within' | 'automatically' | 'never'

/** How messages are consumed. */
export interface ConsumeOptions {
  /** Default `after`. */
  readonly settlement?: Settlement
  /** What the handler fails is delivered again. Default: it need not be. */
  readonly redeliver?: boolean
  /** How many work at once, where one after the other would take long. Default: one. */
  readonly workers?: number
}

/** What is special to the objects that the client is handed for a message. */
export interface SendOptions {
  /** Every one is frozen. */
  readonly freeze?: boolean
  /** Each that the bare client lets inherit its properties is made by `inheriting`. */
  readonly inherit?: boolean
}

/** Handles a message; `settle` is for `settlement: 'within'`. */
export type TestHandler = (message: TestMessage, settle: () => unknown) => unknown

/** What the client is handed for messages that share as much as the client lets them share. */
export interface Prepared {
  /** Every object that the client is handed. */
  readonly handed: unknown
  /** Hands it over; may be called again, with the very same objects. */
  send(): Promise<unknown>
}

/** A message that became a dead letter, as its spans should tell. */
export interface DeadLetter {
  readonly source: string | undefined
  readonly reason: string | undefined
}

/** A destination of its own, with instrumented and bare clients on it. */
export interface TestSession {
  /** The destination's name, as it stands in `messaging.destination.name` of a send span. */
  readonly destination: string
  /** The same on consumer spans, where the system's conventions name it differently. */
  readonly consumedDestination?: string
  /** Sends through the instrumented client. */
  send(message: OutgoingMessage, options?: SendOptions): Promise<unknown>
  /** Sends in one call of the instrumented client. */
  sendBatch?(messages: readonly OutgoingMessage[]): Promise<unknown>
  /** Sends in one call of the instrumented client, one message here and one to a second destination: its name. */
  sendToTwo?(message: OutgoingMessage): Promise<string>
  /** Sends a message that says that its key is gone, through the instrumented client. */
  sendTombstone?(): Promise<unknown>
  /** Sends to a destination that goes with its client, all instrumented; its name, once the message has come. */
  useTemporary?(): Promise<string>
  /** Makes what is handed to the instrumented client for two messages of one headers object. */
  prepareShared(message: OutgoingMessage): Prepared
  /** Has the client, instrumented or bare, send what it or the broker refuses. */
  sendRefused(client: 'instrumented' | 'bare'): Promise<unknown>
  /** Sends through a client that was never instrumented. */
  sendBare(message: OutgoingMessage): Promise<void>
  /**
   * Handles messages through the instrumented client until `close`. What `handler` throws fails the handling
   * as it does for users.
   */
  consume(handler: TestHandler, options?: ConsumeOptions): Promise<void>
  /** Hands messages to `handler` several at a time; `each` gives one its own context. */
  consumeBatches?(
    handler: (
      messages: readonly TestMessage[],
      each: (index: number, handle: () => unknown) => unknown,
    ) => unknown,
  ): Promise<void>
  /** Asks the broker, through the instrumented client, for messages that wait; none may be a legal answer. */
  receive?(): Promise<readonly TestMessage[]>
  /** Consumes a message so that it becomes a dead letter, and hands that to `handler`, all instrumented. */
  consumeDeadLetter?(handler: TestHandler): Promise<DeadLetter>
  /** The next message, read by a client that was never instrumented. */
  readBare(): Promise<TestMessage>
  close(): Promise<void>
}

type Options = InstrumentationOptions<never, never>

/** What the conformance suite needs to know of an adapter. */
export interface AdapterUnderTest {
  readonly name: string
  /** The value of `messaging.system.name`, and its value up to 1.44 where that was another. */
  readonly system: string
  readonly systemBefore145?: string
  readonly sendOperation: string
  readonly processOperation: string
  readonly receiveOperation?: string
  readonly settleOperation?: string
  /** What a message's own span says of its settlement; absent where a settlement is not of single messages. */
  readonly settlement?: string
  /** Whether the application asks for its messages: then what is active there has to do with them. */
  readonly pulls: boolean
  open(options?: Options): Promise<TestSession>
  /** Instruments the same client once more, or several times: nothing may change. Default of `open`: once. */
  openTwice(): Promise<TestSession>
  /** The same on a client that OpenTelemetry's own instrumentation has wrapped already. */
  openWrapped?(): Promise<TestSession>
  /** Runs one script on a client, right and wrong calls, and writes down all that it sees, in order. */
  transcript?(client: 'instrumented' | 'bare'): Promise<readonly unknown[]>
}

/** A behaviour that a broker or client can't have, and why. */
export interface Skip {
  readonly behaviour: string
  readonly reason: string
}
