/** What Redis takes and gives: text, or bytes. */
export type RedisText = string | Buffer

/** Empty for what has no text: arguments may be anything, and what is wrong with them is for the client to say. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  try {
    return String(value)
  } catch {
    return ''
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text that a payload is; undefined for bytes that are none. */
export function decoded(payload: RedisText): string | undefined {
  if (typeof payload === 'string') return payload
  try {
    return utf8.decode(payload)
  } catch {
    return undefined
  }
}
