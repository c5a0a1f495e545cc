import type { Segment } from '@flowstitch/correlator'

export type SegmentKind = Segment['kind']

export interface Share {
  kind: SegmentKind
  ms: number
  /** Of the whole, 0 to 1. */
  share: number
}

export const SEGMENT_KINDS: readonly SegmentKind[] = ['work', 'dwell', 'delay', 'retry', 'unknown']

export const KIND_MEANING: Record<SegmentKind, string> = {
  work: 'code was running',
  dwell: 'a message waited in a queue',
  delay: 'a message was not due yet',
  retry: 'time between the first attempt and the one that succeeded',
  unknown: 'no telemetry tells',
}

/** The critical path summed by kind; kinds that do not occur are left out. */
export function breakDown(segments: readonly Segment[]): Share[] {
  const sums = new Map<SegmentKind, bigint>()
  for (const { kind, fromUnixNano, toUnixNano } of segments) {
    sums.set(kind, (sums.get(kind) ?? 0n) + BigInt(toUnixNano) - BigInt(fromUnixNano))
  }
  const total = [...sums.values()].reduce((sum, part) => sum + part, 0n)
  return SEGMENT_KINDS.flatMap((kind) => {
    const nanos = sums.get(kind)
    if (nanos === undefined || nanos <= 0n) return []
    return [{ kind, ms: Number(nanos) / 1e6, share: Number(nanos) / Number(total) }]
  })
}
