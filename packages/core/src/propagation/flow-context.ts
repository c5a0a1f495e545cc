import {
  createContextKey,
  trace,
  type Context,
  type Link,
  type Span,
  type SpanContext,
} from '@opentelemetry/api'
import { TRACESTATE_KEY } from '../semconv.ts'

/** What a message tells its consumer about the flow that it belongs to. */
export interface FlowContext {
  /** The trace id of the flow's origin. */
  readonly flowId: string
  /** When the flow began, milliseconds since the epoch. */
  readonly startMs: number
  /** When the message was sent, milliseconds since the epoch. */
  readonly sentMs: number
  /** How many messages lie between the origin and this one; the first is 1. */
  readonly hop: number
}

/** The key of the flow that a context runs in; null where a message is handled that has brought none. */
export const FLOW: symbol = createContextKey('flowstitch.flow')
const MEMBER = /^1-([0-9a-f]{32})-([0-9a-z]{1,9})-([0-9a-z]{1,9})-(\d{1,6})$/

/** Whether a text is the value of the `flowstitch` tracestate member. */
export function isFlowContext(value: string): boolean {
  return MEMBER.test(value)
}

/** Reads the value of the `flowstitch` tracestate member; undefined for other versions and malformed ones. */
export function parseFlowContext(value: string | undefined): FlowContext | undefined {
  const parts = value === undefined ? null : MEMBER.exec(value)
  if (!parts) return undefined
  const [, flowId, start, sent, hop] = parts as unknown as [string, string, string, string, string]
  return { flowId, startMs: parseInt(start, 36), sentMs: parseInt(sent, 36), hop: Number(hop) }
}

/** The value of the `flowstitch` tracestate member. */
export function formatFlowContext({ flowId, startMs, sentMs, hop }: FlowContext): string {
  return `1-${flowId}-${start(startMs)}-${sent(sentMs)}-${hop}`
}

/** The messages of one flow share its start, and those of one moment the time of their sending. */
const start = base36()
const sent = base36()

function base36(): (ms: number) => string {
  let last = 0
  let text = '0'
  return (ms) => {
    if (ms !== last) {
      last = ms
      text = ms.toString(36)
    }
    return text
  }
}

/** The flow context that came with a span context. */
export function flowOfSpanContext(spanContext: SpanContext | undefined): FlowContext | undefined {
  return parseFlowContext(spanContext?.traceState?.get(TRACESTATE_KEY))
}

/** The flow that all links agree on: what is done for messages of several flows belongs to none of them. */
export function flowOfLinks(links: readonly Link[]): FlowContext | undefined {
  let agreed: FlowContext | undefined
  for (const { context } of links) {
    const flow = flowOfSpanContext(context)
    if (!flow || (agreed && agreed.flowId !== flow.flowId)) return undefined
    agreed ??= flow
  }
  return agreed
}

/** What a context says of the flow that runs in it, apart from its span. */
export function runningFlow(ctx: Context): FlowContext | null | undefined {
  return ctx.getValue(FLOW) as FlowContext | null | undefined
}

/** The flow that runs in a context: of the message being handled, else of the active span's trace. */
export function flowOf(ctx: Context): FlowContext | undefined {
  return runningFlow(ctx) ?? flowOfSpanContext(trace.getSpanContext(ctx))
}

/**
 * The id of the flow that runs in a context, for logs: the trace id of its origin. Outside of any flow that
 * a message has started it is the active trace's own id; undefined where nothing is active.
 */
export function flowIdOf(ctx: Context): string | undefined {
  return flowOf(ctx)?.flowId ?? trace.getSpanContext(ctx)?.traceId
}

/** The flow that a span in `ctx` is in; where no message has brought one, the one that its trace is the origin of. */
export function flowFrom(ctx: Context, span: Span, nowMs: number): FlowContext {
  const spanContext = span.spanContext()
  const running = runningFlow(ctx) ?? flowOfSpanContext(spanContext)
  if (running) return running
  // A send that starts its flow has taken the time before its span did.
  const startMs = Math.min(startOf(span) ?? nowMs, nowMs)
  return { flowId: spanContext.traceId, startMs, sentMs: nowMs, hop: 0 }
}

/** The flow context of a message that `sender` sends out of `ctx`. */
export function nextHop(ctx: Context, sender: Span, nowMs: number): FlowContext {
  const { flowId, startMs, hop } = flowFrom(ctx, sender, nowMs)
  return { flowId, startMs, sentMs: nowMs, hop: hop + 1 }
}

/** A span context's tracestate as text, with `flow` as its first member. */
export function traceStateWith(flow: FlowContext, spanContext: SpanContext): string {
  const member = `${TRACESTATE_KEY}=${formatFlowContext(flow)}`
  const others = spanContext.traceState?.unset(TRACESTATE_KEY).serialize()
  return others ? fitted(`${member},${others}`) : member
}

/** Readers drop the whole of a tracestate that is longer. */
const MAX_LENGTH = 512
const MAX_MEMBERS = 32
const LARGE_MEMBER = 128

/** W3C Trace Context, sections 3.3.1.1 and 3.3.1.5: whole members go, the large ones first, then the last. */
function fitted(state: string): string {
  const members = state.split(',', MAX_MEMBERS)
  let text = members.join(',')
  while (text.length > MAX_LENGTH) {
    // Where none is large, -1 is the last.
    members.splice(
      members.findLastIndex((member) => member.length > LARGE_MEMBER),
      1,
    )
    text = members.join(',')
  }
  return text
}

/** A span's start, where the SDK's span tells it: the API has no way to ask. */
function startOf(span: Span): number | undefined {
  const { startTime } = span as { startTime?: unknown }
  if (!Array.isArray(startTime)) return undefined
  const ms = Math.floor(Number(startTime[0]) * 1e3 + Number(startTime[1]) / 1e6)
  return Number.isSafeInteger(ms) ? ms : undefined
}
