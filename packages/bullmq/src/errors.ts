/** BullMQ's own names of its scripts' codes (`ErrorCode`). */
const NAMES: Readonly<Record<number, string>> = {
  [-1]: 'JobNotExist',
  [-2]: 'JobLockNotExist',
  [-3]: 'JobNotInState',
  [-4]: 'JobPendingChildren',
  [-5]: 'ParentJobNotExist',
  [-6]: 'JobLockMismatch',
  [-7]: 'ParentJobCannotBeReplaced',
  [-10]: 'SchedulerJobIdCollision',
  [-11]: 'SchedulerJobSlotsBusy',
}

export function bullmqErrorCode(error: unknown): string | undefined {
  return NAMES[(error as { code?: unknown } | undefined)?.code as number]
}

/** The name of a script's answer, where that is a code: codes are negative. */
export function codeName(answer: unknown): string | undefined {
  return typeof answer === 'number' && answer < 0 ? (NAMES[answer] ?? String(answer)) : undefined
}

/** Thrown by handlers that have moved their job themselves, or shall be limited: no failure (`Worker.handleFailed`). */
const MOVED = new Set(['DelayedError', 'WaitingError', 'WaitingChildrenError'])
const RATE_LIMITED = 'bullmq:rateLimitExceeded'

export function isMoved(error: unknown): boolean {
  const { name, message } = (error ?? {}) as Partial<Error>
  return MOVED.has(name ?? '') || message === RATE_LIMITED
}
