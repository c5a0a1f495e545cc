import type { Skip } from '@flowstitch/testing'

/** What the older API can't have. */
export const skipOnApi19: readonly Skip[] = [
  {
    behaviour: 'an exception is told as a log record, in the span that failed',
    reason: 'API 1.9 has no logs: it is an event of the span alone',
  },
]
