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
