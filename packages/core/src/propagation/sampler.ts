import {
  createTraceState,
  trace,
  type Attributes,
  type Context,
  type Link,
  type SpanKind,
  type TraceState,
} from '@opentelemetry/api'
import {
  flowOfLinks,
  flowOfSpanContext,
  formatFlowContext,
  runningFlow,
  type FlowContext,
} from './flow-context.ts'
import { TRACESTATE_KEY } from '../semconv.ts'

/** What a sampler answers, as OpenTelemetry's SDKs of all versions have it. */
export interface FlowSamplingResult {
  decision: number
  attributes?: Readonly<Attributes>
  traceState?: TraceState
}

/** A sampler, as OpenTelemetry's SDKs of all versions have it. */
export interface FlowSampler {
  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): FlowSamplingResult
  toString(): string
}

const RANDOMNESS = /(?:^|;)rv:([0-9a-f]{14})(?:;|$)/

/**
 * Lets flows be sampled as one. Where links to messages of one flow start a new trace, `inner` is asked with the
 * flow's id in the trace id's place, so that a ratio decides alike for all traces of a flow; the flow context, and
 * the randomness of the linked trace (tracestate `ot=rv:`, "Probability sampling"), go into the new trace's state.
 */
export function flowSampler(inner: FlowSampler): FlowSampler {
  return {
    shouldSample(context, traceId, spanName, spanKind, attributes, links) {
      const flow = trace.getSpanContext(context) ? undefined : flowOfRoot(context, links)
      if (!flow) {
        return inner.shouldSample(context, traceId, spanName, spanKind, attributes, links)
      }
      const result = inner.shouldSample(context, flow.flowId, spanName, spanKind, attributes, links)
      const linked = links.find((link) => flowOfSpanContext(link.context)?.flowId === flow.flowId)
      const randomness = RANDOMNESS.exec(linked?.context.traceState?.get('ot') ?? '')?.[1]
      let traceState = result.traceState ?? createTraceState()
      if (randomness && !traceState.get('ot')) traceState = traceState.set('ot', `rv:${randomness}`)
      return { ...result, traceState: traceState.set(TRACESTATE_KEY, formatFlowContext(flow)) }
    },
    toString: () => `FlowSampler{${inner.toString()}}`,
  }
}

/** Where a message is being handled its context decides: the links may be to what is handled around it. */
function flowOfRoot(context: Context, links: readonly Link[]): FlowContext | undefined {
  const running = runningFlow(context)
  return running === undefined ? flowOfLinks(links) : (running ?? undefined)
}
