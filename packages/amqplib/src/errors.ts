import { replyCodeName } from '@flowstitch/dialects/rabbitmq'

/** The broker's own name of an error. Handlers throw errors with codes of other protocols. */
export function amqpErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if (error.message === 'message nacked') return 'nack'
  const { code, classId } = error as { code?: unknown; classId?: unknown }
  return typeof code === 'number' && typeof classId === 'number' ? replyCodeName(code) : undefined
}

/** Whether it is amqplib's own error of what was not confirmed when the channel was closed. */
export function isChannelClosed(error: unknown): boolean {
  return error instanceof Error && error.message === 'channel closed'
}
