import { setImmediate } from 'node:timers/promises'
import type { Span } from '../decode/span.ts'
import type { TimeRange } from '../engine.ts'
import type { FlowMessage } from '../flow/messages.ts'
import { isConsumer, operationOfSpan } from '../stitch/container.ts'
import { StoredSpans } from '../stitch/stored-spans.ts'
import type { Store } from '../store/store.ts'
import { messagesAround } from './messages.ts'

const SECOND = 1_000_000_000n
/** How long a report works before it lets others have a turn. */
const TURN_MS = 10

/** A span and the messages that start with it. */
export interface SpanMessages {
  span: Span
  messages: FlowMessage[]
  spans: StoredSpans
}

/**
 * Every span of the traces that start in the range, newest first, with the messages that it sent, or got
 * from nobody known. Ends when the time is up; gives way to others between traces.
 */
export async function* allMessages(
  store: Store,
  range: TimeRange,
  deadline: number,
): AsyncGenerator<SpanMessages> {
  const since = Number((range.since ?? 0n) / SECOND)
  const until = range.until === undefined ? 0xffffffff : Number(range.until / SECOND)
  const told = new Set<string>()
  let turn = performance.now() + TURN_MS
  for (const second of store.seconds(since, Math.min(until, 0xffffffff))) {
    const spans = new StoredSpans(store)
    for (const entry of store.tracesIn(second)) {
      const { traceId } = spans.decode(entry)
      const trace = spans.trace(traceId)
      if (told.has(traceId) || Number(trace.spans[0]!.start / SECOND) !== second) continue
      told.add(traceId)
      for (const span of trace.spans) yield { span, messages: messagesAt(span, spans, told), spans }
      if (performance.now() < turn) continue
      if (performance.now() > deadline) return
      await setImmediate()
      turn = performance.now() + TURN_MS
    }
  }
}

/** Each message once: with its sender, or, where that is unknown, with the first consumer met. */
function messagesAt(span: Span, spans: StoredSpans, told: Set<string>): FlowMessage[] {
  if (operationOfSpan(span) === undefined && !spans.linkersOf(span.traceId).has(span.spanId)) return []
  return messagesAround(span, spans).filter(({ message, sender }) => {
    if (sender) return sender === span
    if (!isConsumer(span) || told.has(message.key)) return false
    told.add(message.key)
    return true
  })
}
