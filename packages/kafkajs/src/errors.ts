const MAX_DEPTH = 5

/** The protocol's own name of an error, below the wrappers that kafkajs puts around it. */
export function kafkaErrorCode(error: unknown): string | undefined {
  let current = error as { name?: unknown; type?: unknown; cause?: unknown } | undefined
  if (typeof current?.name !== 'string' || !current.name.startsWith('KafkaJS')) return undefined
  for (let depth = 0; depth < MAX_DEPTH && current; depth++) {
    if (typeof current.type === 'string') return current.type
    current = current.cause as typeof current
  }
  return undefined
}
