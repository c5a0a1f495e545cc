import type { InstrumentationOptions, MessageFacts } from '@flowstitch/core'
import { textOf, type RedisText } from './text.ts'

/** An entry that is about to be added to a stream. */
export interface RedisOutgoing {
  readonly stream: string
  /** Field, value, field, value, … */
  readonly fields: readonly RedisText[]
}

/** An entry of a stream, as Redis answers it. The fields of an entry that was deleted meanwhile are null. */
export type RedisEntry = readonly [id: RedisText, fields: readonly RedisText[] | null, ...more: unknown[]]

/** Whether a value is an entry: an id and fields. */
export function isEntry(value: unknown): value is RedisEntry {
  return Array.isArray(value) && isEntryId(value[0]) && (value[1] === null || Array.isArray(value[1]))
}

const ID = /^(\d+)-\d+$/

/** Whether a value is the id of an entry, as XADD answers it. */
export function isEntryId(value: unknown): boolean {
  return (typeof value === 'string' || Buffer.isBuffer(value)) && ID.test(textOf(value))
}

/** `*` made an id of the server's clock; ids of the user's own may be any two numbers. */
const EARLIEST_CLOCK_MS = 1_000_000_000_000

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

/** The size of an entry's fields, names and values, where the user wants it recorded. */
export function sizeFacts(
  fields: readonly RedisText[] | null,
  { captureBodySize = false }: Pick<InstrumentationOptions, 'captureBodySize'>,
): MessageFacts {
  if (!captureBodySize || !fields) return {}
  return { bodySize: fields.reduce((size, part) => size + Buffer.byteLength(part), 0) }
}
