/** Where messages go or come from: a topic, a queue, a subject, a stream, `exchange:routing key`. */
export interface Destination {
  readonly name: string
  /** A low-cardinality form of the name, for span names: `orders.*` for `orders.4711`. */
  readonly template?: string
  /** The broker removes it by itself, or it is a reply inbox. */
  readonly temporary?: boolean
  /** The broker made up its name. */
  readonly anonymous?: boolean
}

/** What is known of the client and its broker, the same for every message of a call. */
export interface Endpoint {
  readonly clientId?: string
  readonly consumerGroup?: string
  /** The broker as configured; no reverse look-up. */
  readonly serverAddress?: string
  readonly serverPort?: number
  /** The node that its connection goes to, where it has just one. */
  readonly peerAddress?: string
  readonly peerPort?: number
  readonly queueUrl?: string
}

/** What an adapter knows of one message. What its broker does not say stays undefined. */
export interface MessageFacts {
  /** Where it differs from the destination of the whole call. */
  readonly destination?: Destination
  readonly partition?: string
  readonly id?: string
  readonly conversationId?: string
  /** In text; undefined for keys that have no unambiguous text form. */
  readonly key?: string
  readonly tombstone?: boolean
  readonly offset?: number
  readonly routingKey?: string
  readonly deliveryTag?: number
  /** Bytes of the body, before compression. */
  readonly bodySize?: number
  /** Where the broker put it: `kafka/orders/3/1842`, `nats/ORDERS/77`, `redis/audit/1700000000000-0`. */
  readonly coordinate?: string
  /** Which delivery this is, from 1, as the broker counts. */
  readonly attempt?: number
  /** The broker had it already, and dropped this copy. */
  readonly duplicate?: boolean
  /** When the broker accepted it, milliseconds since the epoch on the broker's clock. */
  readonly brokerTimeMs?: number
  /** When the broker handed it out for this attempt, milliseconds since the epoch on the broker's clock. */
  readonly deliveryTimeMs?: number
  /** When it was made, by the producer's own account and clock, milliseconds since the epoch. */
  readonly sentTimeMs?: number
  /** How long its producer asked the broker to hold it back. */
  readonly delayMs?: number
  /** Until when the broker held it back, on its clock, where it does not say for how long. */
  readonly heldUntilMs?: number
  /** The coordinate of the message that this one is a copy of, in a queue for retries or dead letters. */
  readonly original?: string
  /** Present when the message comes out of a dead-letter queue. */
  readonly deadLetter?: { readonly source?: string; readonly reason?: string }
}
