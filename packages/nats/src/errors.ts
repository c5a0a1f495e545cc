interface NatsError {
  readonly name?: unknown
  /** JetStream's own number for an error of its API. */
  readonly code?: unknown
  readonly isNoResponders?: unknown
}

/** `timeout`, `no_responders`, or the number that JetStream's API gives the error. */
export function natsErrorCode(error: unknown): string | undefined {
  const { name, code, isNoResponders } = (error ?? {}) as NatsError
  if (name === 'TimeoutError') return 'timeout'
  if (name === 'RequestError' && typeof isNoResponders === 'function') {
    return isNoResponders.call(error) ? 'no_responders' : undefined
  }
  return name === 'JetStreamApiError' && typeof code === 'number' ? String(code) : undefined
}
