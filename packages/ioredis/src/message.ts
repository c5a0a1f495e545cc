import type { Destination, InstrumentationOptions, Kernel, MessageFacts } from '@flowstitch/core'

/** What Redis takes and gives: text, or bytes where the `…Buffer` form of a command is called. */
export type RedisText = string | Buffer

/** An entry that is about to be added to a stream. */
export interface RedisOutgoing {
  readonly stream: string
  /** Field, value, field, value, … */
  readonly fields: readonly RedisText[]
}

/** An entry of a stream, as ioredis gives it. The fields of an entry that was deleted meanwhile are null. */
export type RedisEntry = readonly [id: RedisText, fields: readonly RedisText[] | null, ...more: unknown[]]

/** Where an entry comes from. */
export interface RedisSource {
  /** The stream's key, with the client's `keyPrefix`. */
  readonly stream: string
  readonly group?: string
  readonly consumer?: string
}

export type RedisOptions = InstrumentationOptions<RedisOutgoing, RedisEntry>
export type RedisKernel = Kernel<RedisOutgoing, RedisEntry>

export function streamDestination(stream: string): Destination {
  return { name: stream }
}

/** Empty for what has no text: arguments may be anything, and what is wrong with them is for ioredis to say. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  try {
    return String(value)
  } catch {
    return ''
  }
}

/** What is known of an entry before it is added. */
export function sentFacts({ fields }: RedisOutgoing, options: RedisOptions): MessageFacts {
  return { bodySize: bodySize(fields, options) }
}

/** The size of an entry's fields, names and values. */
export function bodySize(
  fields: readonly RedisText[],
  { captureBodySize = false }: RedisOptions,
): number | undefined {
  return captureBodySize ? fields.reduce((size, part) => size + Buffer.byteLength(part), 0) : undefined
}

/** `*` made an id of the server's clock; ids of the user's own may be any two numbers. */
const EARLIEST_CLOCK_MS = 1_000_000_000_000
const ID = /^(\d+)-\d+$/

export function isEntryId(value: unknown): boolean {
  return (typeof value === 'string' || Buffer.isBuffer(value)) && ID.test(textOf(value))
}

/** What an entry's id tells. */
export function placeFacts(stream: string | undefined, id: unknown): MessageFacts {
  const text = textOf(id)
  const ms = Number(ID.exec(text)?.[1])
  return {
    id: text,
    coordinate: stream === undefined ? undefined : `redis/${stream}/${text}`,
    brokerTimeMs: ms >= EARLIEST_CLOCK_MS ? ms : undefined,
  }
}
