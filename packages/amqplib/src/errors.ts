import { replyCodeName } from '@flowstitch/dialects/rabbitmq'

/** The broker's own name of an error. Handlers throw errors with codes of other protocols. */
export function amqpErrorCode(error: unknown): string | undefined {
  if (error instanceof Error && error.message === 'message nacked') return 'nack'
  const { code, classId } = reasonOf(error)
  return typeof code === 'number' && typeof classId === 'number' ? replyCodeName(code) : undefined
}

/** Of a `get` that failed, amqplib 0.10 hands out the very frame by which the broker has closed the channel. */
function reasonOf(error: unknown): { readonly code?: unknown; readonly classId?: unknown } {
  if (error instanceof Error) return error as { code?: unknown; classId?: unknown }
  const { fields } = (error ?? {}) as { fields?: { replyCode?: unknown; classId?: unknown } | null }
  return { code: fields?.replyCode, classId: fields?.classId }
}

/** Whether it is amqplib's own error of what was not confirmed when the channel was closed. */
export function isChannelClosed(error: unknown): boolean {
  return error instanceof Error && error.message === 'channel closed'
}
