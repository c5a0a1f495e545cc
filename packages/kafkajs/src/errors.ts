interface ErrorOfKafkaJs {
  readonly name?: unknown
  /** The protocol's own name of the error. */
  readonly type?: unknown
  readonly cause?: unknown
}

const MAX_DEPTH = 5

/**
 * The protocol's own name of an error, else kafkajs's, below the wrappers that say no more than that it was
 * not tried again.
 */
export function kafkaErrorCode(error: unknown): string | undefined {
  let current = error as ErrorOfKafkaJs | undefined
  let name: string | undefined
  for (let depth = 0; depth < MAX_DEPTH && isOfKafkaJs(current); depth++) {
    if (typeof current.type === 'string') return current.type
    name = current.name
    current = current.cause as ErrorOfKafkaJs | undefined
  }
  return name
}

function isOfKafkaJs(error: ErrorOfKafkaJs | undefined): error is ErrorOfKafkaJs & { readonly name: string } {
  return typeof error?.name === 'string' && error.name.startsWith('KafkaJS')
}
