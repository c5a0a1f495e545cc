import type { Span } from '../decode/span.ts'
import type { Cone } from '../flow/cone.ts'
import { edgesOf } from '../flow/edges.ts'
import { messagesOf, type FlowMessage } from '../flow/messages.ts'
import { flowsOf } from '../flow/origins.ts'
import type { Message } from '../model.ts'
import { causesOf } from '../stitch/causes.ts'
import { childrenOf, isConsumer } from '../stitch/container.ts'
import { consumersByKey } from '../stitch/keys.ts'
import type { Spans } from '../stitch/spans.ts'
import { byStart } from '../stitch/trace.ts'

/** The messages that these spans sent or got, with all flows that pass through them. */
export function messagesOfSpans(found: readonly Span[], spans: Spans, hubLimit: number): Message[] {
  const messages = new Map<string, Message>()
  for (const span of found)
    for (const start of isConsumer(span) ? sendersOf(span, spans) : [span])
      for (const { message, sender } of messagesAround(start, spans)) {
        message.flowIds = flowsOf([sender ?? start], spans, hubLimit).flowIds
        messages.set(message.key, message)
      }
  return [...messages.values()]
}

/** Every message that the span sent, or, if it is a consumer whose sender is unknown, got. */
export function messagesAround(span: Span, spans: Spans): FlowMessage[] {
  const steps = [...new Set([span, ...handedOverBy(span, spans), ...receiversOf(span, spans)])].sort(byStart)
  const cone: Cone = { flowId: span.traceId, steps, members: new Set(steps), seeds: new Set([span]) }
  const edges = edgesOf(cone, spans).filter((edge) => edge.from === span || edge.to.operation === 'send')
  return messagesOf(steps, edges, spans).filter((message) => (message.sender ?? span) === span)
}

function sendersOf(consumer: Span, spans: Spans): Span[] {
  const senders: Span[] = []
  for (const { from, evidence } of causesOf(consumer, spans))
    if (from && evidence !== 'inferred') senders.push(from)
  return senders.length > 0 ? senders : [consumer]
}

/** The send spans that handed over what this create span made. */
function handedOverBy(span: Span, spans: Spans): Span[] {
  return linkersOf(span, spans).filter((linker) => linker.operation === 'send')
}

function receiversOf(span: Span, spans: Spans): Span[] {
  const linked = linkersOf(span, spans).filter((linker) => linker.operation !== 'send')
  return [...linked, ...childrenOf(span, spans).filter(isConsumer), ...consumersByKey(span, spans)]
}

function linkersOf(span: Span, spans: Spans): readonly Span[] {
  return spans.linkersOf(span.traceId).get(span.spanId) ?? []
}
