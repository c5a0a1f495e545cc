import type { Attempt, Flow, Message } from '@flowstitch/correlator'
import { messageId, stepId, stepKey } from '../flow/refs.ts'
import type { FlowIndex } from '../flow/flow-index.ts'
import { msBetween } from '../format/time.ts'
import type { Interval } from './fold.ts'
import type { Row } from './rows.ts'

export interface Bar extends Interval {
  /**
   * `work` while a step ran, `poll` while it waited for messages, `dwell` while a message waited for its first attempt, `retry` between
   * attempts, `open` while it still waits, `handled` while an attempt had the message.
   */
  kind: 'work' | 'poll' | 'dwell' | 'retry' | 'open' | 'handled'
  failed?: boolean
}

/** What a row draws on the time axis, in milliseconds since the flow's start. */
export function barsOf(row: Row, index: FlowIndex): Bar[] {
  if (row.kind === 'message') return messageBars(row.message, index)
  const { operation, status } = row.step
  const kind = operation === 'receive' ? 'poll' : 'work'
  return [{ ...intervalOf(index.flow, row.step), kind, failed: status === 'error' }]
}

export function intervalOf(
  flow: Flow,
  { startTimeUnixNano, endTimeUnixNano }: { startTimeUnixNano: string; endTimeUnixNano: string },
): Interval {
  return {
    from: msBetween(flow.startTimeUnixNano, startTimeUnixNano),
    to: msBetween(flow.startTimeUnixNano, endTimeUnixNano),
  }
}

/** Up to when there is something to draw: what settles a message may come after the flow's end. */
export function extentOf(flow: Flow): number {
  return flow.steps.reduce((end, step) => Math.max(end, intervalOf(flow, step).to), intervalOf(flow, flow).to)
}

/** The critical path by what it runs through: selection ids of steps and messages. */
export function criticalIntervals(flow: Flow): Map<string, Interval[]> {
  const intervals = flow.criticalPath.flatMap((segment) => {
    const id = segment.step
      ? stepId(stepKey(segment.step))
      : segment.messageKey && messageId(segment.messageKey)
    if (!id) return []
    const span = { startTimeUnixNano: segment.fromUnixNano, endTimeUnixNano: segment.toUnixNano }
    return [{ id, interval: intervalOf(flow, span) }]
  })
  const byId = Map.groupBy(intervals, ({ id }) => id)
  return new Map([...byId].map(([id, found]) => [id, found.map(({ interval }) => interval)]))
}

function messageBars(message: Message, index: FlowIndex): Bar[] {
  const sentAt = sentMs(message, index)
  if (message.attempts.length === 0) {
    if (sentAt === undefined) return []
    const end = intervalOf(index.flow, index.flow).to
    return [{ from: sentAt, to: end, kind: message.state === 'in-flight' ? 'open' : 'dwell' }]
  }
  const byGroup = Map.groupBy(message.attempts, (attempt) => attempt.consumerGroup ?? '')
  return [...byGroup.values()].flatMap((attempts) => attemptBars(attempts, sentAt, index))
}

function attemptBars(attempts: readonly Attempt[], sentAt: number | undefined, index: FlowIndex): Bar[] {
  const bars: Bar[] = []
  let waitsFrom = sentAt
  for (const attempt of [...attempts].sort((a, b) => a.number - b.number)) {
    const step = index.steps.get(stepKey(attempt.step))
    if (!step) continue
    const handled = intervalOf(index.flow, step)
    const kind = bars.length > 0 ? 'retry' : 'dwell'
    const waited = kind === 'dwell' ? attempt.dwellMs : undefined
    const from = waited === undefined ? (waitsFrom ?? handled.from) : handled.from - waited
    if (from < handled.from) bars.push({ from, to: handled.from, kind })
    const failed = attempt.outcome === 'failed' || attempt.outcome === 'settled-negatively'
    bars.push({ ...handled, kind: 'handled', failed })
    waitsFrom = handled.to
  }
  return bars
}

/** When the broker had the message, as well as telemetry tells. */
function sentMs(message: Message, index: FlowIndex): number | undefined {
  const sender = message.sent && index.steps.get(stepKey(message.sent))
  const at = message.brokerTimeUnixNano ?? sender?.endTimeUnixNano ?? message.sentTimeUnixNano
  return at === undefined ? undefined : msBetween(index.flow.startTimeUnixNano, at)
}
