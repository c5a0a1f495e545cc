interface ServiceError {
  readonly name?: unknown
  readonly code?: unknown
  readonly $fault?: unknown
  readonly $metadata?: { readonly requestId?: unknown }
}

/** The name that SQS gives its error, `QueueDoesNotExist`, or the system's code where no answer came. */
export function sqsErrorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { name, code, $fault } = error as ServiceError
  if ($fault !== undefined && typeof name === 'string') return name
  return typeof code === 'string' && /^E[A-Z_]+$/.test(code) ? code : undefined
}

/** The id of a request, from what the SDK's middleware hands up: an answer around its output, or an error. */
export function requestId(answerOrError: unknown): string | undefined {
  const { output, $metadata } = answerOrError as ServiceError & { output?: ServiceError }
  const id = (output?.$metadata ?? $metadata)?.requestId
  return typeof id === 'string' ? id : undefined
}
