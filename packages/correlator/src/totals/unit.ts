import type { Span } from '../decode/span.ts'
import { isWithoutSender, messageAt, messageOfLost, type FlowMessage } from '../flow/messages.ts'
import { hasJoinKeys } from '../names/messaging.ts'
import { messagesAround } from '../query/messages.ts'
import { parentOf } from '../stitch/causes.ts'
import { isConsumer, isContainer, linkTo } from '../stitch/container.ts'
import { remember, type Memory } from '../stitch/remember.ts'
import type { Spans } from '../stitch/spans.ts'
import type { Trace } from '../stitch/trace.ts'

/** What one trace adds to the totals. Every message belongs to exactly one trace, so nothing counts twice. */
export interface Unit {
  /** Spans that are calls from one service into another. */
  calls: { from: Span; to: Span }[]
  messages: FlowMessage[]
}

const RECEIVERS: Memory<string, readonly Span[]> = new WeakMap()

/**
 * A message is counted with the trace that sent it, also while nothing of that trace has come but links to
 * it; one of which nobody knows who sent it, with the first that got it.
 */
export function unitOf(traceId: string, spans: Spans): Unit {
  const trace = spans.trace(traceId)
  return {
    calls: trace.spans.flatMap((to) => callOf(to, spans)),
    messages: [...sentIn(trace, spans), ...sentByLost(trace, spans), ...withoutSender(trace, spans)],
  }
}

function callOf(to: Span, spans: Spans): { from: Span; to: Span }[] {
  const from = parentOf(to, spans)
  return from && from.service !== to.service && !isConsumer(to) ? [{ from, to }] : []
}

/** To look at the others would find nothing, and most spans of a batch are others. */
function sentIn(trace: Trace, spans: Spans): FlowMessage[] {
  const linkers = spans.linkersOf(trace.id)
  return trace.spans
    .filter(({ operation, spanId }) => operation === 'send' || operation === 'create' || linkers.has(spanId))
    .flatMap((span) => messagesAround(span, spans).filter(({ sender }) => sender === span))
}

function sentByLost(trace: Trace, spans: Spans): FlowMessage[] {
  return [...spans.linkersOf(trace.id)].flatMap(([spanId, linkers]) => {
    if (trace.byId.has(spanId)) return []
    const sender = { traceId: trace.id, spanId }
    const batches = linkers.flatMap((linker) => {
      const parent = parentOf(linker, spans)
      return parent && isContainer(parent, spans) && linkTo(sender, parent, spans) ? [parent] : []
    })
    const receivers = [...new Set([...batches, ...linkers])].filter(isConsumer)
    return receivers.length === 0 ? [] : [messageOfLost(sender, receivers, spans)]
  })
}

function withoutSender(trace: Trace, spans: Spans): FlowMessage[] {
  return trace.spans.flatMap((span) => {
    if (!isConsumer(span) || !isWithoutSender(span, spans)) return []
    const receivers = receiversWith(span, spans)
    return receivers[0] === span ? [messageAt(receivers, spans)] : []
  })
}

/** All that got the same message of which nobody knows who sent it, by start. */
export function receiversWith(span: Span, spans: Spans): readonly Span[] {
  const coordinate = span.coordinate
  if (coordinate === undefined || !hasJoinKeys(span.kind)) return [span]
  return remember(RECEIVERS, coordinate, spans, findReceivers)
}

function findReceivers(coordinate: string, spans: Spans): readonly Span[] {
  return spans
    .withCoordinate(coordinate)
    .filter((other) => isConsumer(other) && other.coordinate === coordinate && isWithoutSender(other, spans))
}
