/** The first word of what the server says, `WRONGTYPE`, `NOGROUP`, …; a socket's own code where it says nothing. */
export function redisErrorCode(error: unknown): string | undefined {
  const { name, message, code } = (error ?? {}) as { name?: unknown; message?: unknown; code?: unknown }
  if (name === 'ReplyError' && typeof message === 'string') return /^[A-Z]+(?= )/.exec(message)?.[0]
  return typeof code === 'string' ? code : undefined
}
