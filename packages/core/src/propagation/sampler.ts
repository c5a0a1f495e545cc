import {
  createTraceState,
  trace,
  type Attributes,
  type Context,
  type Link,
  type SpanKind,
  type TraceState,
} from '@opentelemetry/api'
import { flowOf, flowOfSpanContext, formatFlowContext } from './flow-context.ts'
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
 * Lets flows be sampled as one. Where a link to a message starts a new trace, `inner` is asked with the flow's
 * id in the trace id's place, so that a ratio decides alike for all traces of a flow; the flow context, and the
 * randomness of the linked trace (tracestate `ot=rv:`, "Probability sampling"), go into the new trace's state.
 */
export function flowSampler(inner: FlowSampler): FlowSampler {
  return {
    shouldSample(context, traceId, spanName, spanKind, attributes, links) {
      const linked = links.find((link) => flowOfSpanContext(link.context))?.context
      const flow = flowOf(context) ?? flowOfSpanContext(linked)
      if (!flow || trace.getSpanContext(context)) {
        return inner.shouldSample(context, traceId, spanName, spanKind, attributes, links)
      }
      const result = inner.shouldSample(context, flow.flowId, spanName, spanKind, attributes, links)
      const randomness = RANDOMNESS.exec(linked?.traceState?.get('ot') ?? '')?.[1]
      let traceState = result.traceState ?? createTraceState()
      if (randomness && !traceState.get('ot')) traceState = traceState.set('ot', `rv:${randomness}`)
      return { ...result, traceState: traceState.set(TRACESTATE_KEY, formatFlowContext(flow)) }
    },
    toString: () => `FlowSampler{${inner.toString()}}`,
  }
}
