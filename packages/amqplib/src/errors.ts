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

/** Reply codes by the names that RabbitMQ shows them with (AMQP 0-9-1, section 1.2, "Constants"). */
const REPLY_CODES: Readonly<Record<number, string>> = {
  311: 'CONTENT_TOO_LARGE',
  313: 'NO_CONSUMERS',
  320: 'CONNECTION_FORCED',
  402: 'INVALID_PATH',
  403: 'ACCESS_REFUSED',
  404: 'NOT_FOUND',
  405: 'RESOURCE_LOCKED',
  406: 'PRECONDITION_FAILED',
  501: 'FRAME_ERROR',
  502: 'SYNTAX_ERROR',
  503: 'COMMAND_INVALID',
  504: 'CHANNEL_ERROR',
  505: 'UNEXPECTED_FRAME',
  506: 'RESOURCE_ERROR',
  530: 'NOT_ALLOWED',
  540: 'NOT_IMPLEMENTED',
  541: 'INTERNAL_ERROR',
}

/** The broker's own name of an error. Handlers throw errors with codes of other protocols. */
export function amqpErrorCode(error: unknown): string | undefined {
  if (error instanceof ChannelClosed) return 'channel-closed'
  if (error instanceof Unroutable) return 'NO_ROUTE'
  if (!(error instanceof Error)) return undefined
  if (error.message === 'message nacked') return 'nack'
  const { code, classId } = error as { code?: unknown; classId?: unknown }
  return typeof code === 'number' && typeof classId === 'number' ? REPLY_CODES[code] : undefined
}
