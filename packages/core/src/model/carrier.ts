import type { SpanContext } from '@opentelemetry/api'

/** How an adapter reads the headers of its messages. May throw on hostile input: the kernel catches. */
export interface ReadCarrier<M> {
  /** A header's value as text, all of them where the broker allows several; undefined where there is none. */
  get(message: M, name: string): string | readonly string[] | undefined
  /** The names of all headers. */
  names(message: M): string[]
}

/** How an adapter reads and writes the headers of messages that are about to be sent. */
export interface Carrier<M> extends ReadCarrier<M> {
  /**
   * A copy of the message that carries `fields` too. The message, and whatever it refers to, stays as it is:
   * callers send frozen and shared objects. Where the broker has no room, as many fields as fit, in order;
   * `creation` is what they tell of, for brokers that have another place for it.
   */
  with(message: M, fields: Readonly<Record<string, string>>, creation: SpanContext): M
}
