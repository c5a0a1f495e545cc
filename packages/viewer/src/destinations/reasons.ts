import type { LossReason, MessageCounts } from '@flowstitch/correlator'

/** What a verdict on a message rests on, in words. */
export const REASON: Record<LossReason, string> = {
  'no-consumer-telemetry': 'no consumer of this destination has ever reported anything',
  'not-read-yet': 'its consumer group has not come to it',
  'read-past': 'its consumer group has got later messages',
  'telemetry-may-come': 'so short a time ago that telemetry may be on its way',
  'consumer-sampled': 'its consumers record only some of their work',
  'consumer-telemetry-gaps': 'its consumers left many messages without a trace',
  acknowledged: 'the broker acknowledged it',
  'consumer-telemetry-whole': 'its consumers report all their work',
  'before-first-read': 'all consumer groups began to read later in the log',
  duplicate: 'the broker had it already and dropped this copy',
  aborted: 'the transaction that it was sent in was aborted',
  'outcome-not-reported': 'somebody received it, and nothing says what came of it',
}

/** The reasons behind the counts of messages in flight, lost and unknown, the most frequent first. */
export function reasonLines({ reasons }: Pick<MessageCounts, 'reasons'>): string[] {
  return Object.entries(reasons)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${count}: ${REASON[reason as LossReason]}`)
}
