/** The end of what was in hand when a channel or its connection was closed. */
export class ChannelClosed extends Error {
  constructor() {
    super('the channel was closed')
  }
}

/** A message that the broker could not bring to any queue, though its sender had asked it to say so. */
export class Unroutable extends Error {
  constructor() {
    super('the message reached no queue')
  }
}

/** The names of errors that no client knows. */
export function ownErrorCode(error: unknown): string | undefined {
  if (error instanceof ChannelClosed) return 'channel-closed'
  return error instanceof Unroutable ? 'NO_ROUTE' : undefined
}
