/** A table of AMQP, as headers are: its values are text, bytes, numbers, times, lists and tables again. */
export type Table = Readonly<Record<string, unknown>>

/** Text of a string or of bytes, as clients and event sources write them. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (Buffer.isBuffer(value)) return value.toString()
  if (typeof value !== 'object' || value === null) return undefined
  const { '!': type, value: inner, bytes } = value as Table
  if (type !== undefined)
    return typeof inner === 'string' || Buffer.isBuffer(inner) ? String(inner) : undefined
  return isBytes(bytes) ? Buffer.from(bytes).toString() : undefined
}

/** How the events of Lambda write text. */
function isBytes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((byte) => typeof byte === 'number')
}

/** Headers are written by anybody: a count that is none, in digits or not, is no count. */
export function natural(value: unknown): number | undefined {
  const text = textOf(value)
  const count = text ? Number(text) : value
  return Number.isSafeInteger(count) && (count as number) >= 0 ? (count as number) : undefined
}

/** From here on a number of seconds would lie three thousand years ahead: it is one of milliseconds. */
const MILLISECONDS_FROM = 1e11
/** How the events of Lambda write times: in American English and UTC, with a narrow space by some versions of Java. */
const IN_WORDS = /^[A-Z][a-z]{2} \d{1,2}, \d{4},? \d{1,2}:\d{2}:\d{2}\s[AP]M$/

/**
 * A time in milliseconds since the epoch, as clients and event sources write it. AMQP counts seconds (AMQP 0-9-1,
 * section 4.2.5.4); `Date.now()` is what many producers put there.
 */
export function timeOf(value: unknown): number | undefined {
  if (value instanceof Date) return natural(value.getTime())
  if (typeof value === 'string' && IN_WORDS.test(value)) return natural(Date.parse(`${value} UTC`))
  const { '!': type, value: inner } = (value ?? {}) as Table
  const count = natural(type === undefined ? value : inner)
  return count === undefined || count >= MILLISECONDS_FROM ? count : count * 1000
}
