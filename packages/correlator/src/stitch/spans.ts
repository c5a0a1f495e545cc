import type { Span } from '../decode/span.ts'
import type { StepRef } from '../model.ts'
import type { Trace } from './trace.ts'

/**
 * All spans there are, as the rules of stitching ask for them. The rules are pure: what they answer depends
 * on this set of spans alone, not on how or when it came together.
 */
export interface Spans {
  /** Has no spans if nothing of the trace is known. */
  trace(traceId: string): Trace
  /** Every report of the trace's spans, also those that count no more as another one ends later. */
  reports(traceId: string): readonly Span[]
  /** Whether anything of the trace is known; cheaper than to ask for it. */
  knows(traceId: string): boolean
  span(ref: StepRef): Span | undefined
  /** Spans with a link into the trace, by the id of the span that they link to. */
  linkersOf(traceId: string): ReadonlyMap<string, readonly Span[]>
  /** Spans that report the place as their message's, or its original's. */
  withCoordinate(coordinate: string): readonly Span[]
  /** Spans that several messages share, one of which lies there. */
  withRangeOver(coordinate: string): readonly Span[]
  withMessageId(id: string): readonly Span[]
  /** Spans that carry a declared key with the same value as this one does, and start near it in time. */
  sharingKey(span: Span): readonly Span[]
  /** Spans that carry, or link to, the flow context of this flow. */
  namingFlow(flowId: string): readonly Span[]
}
