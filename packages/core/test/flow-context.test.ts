import { createTraceState, ROOT_CONTEXT, trace, TraceFlags, type SpanContext } from '@opentelemetry/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  flowIdOf,
  flowOf,
  formatFlowContext,
  nextHop,
  parseFlowContext,
  traceStateWith,
} from '../src/propagation/flow-context.ts'

const TRACE = 'a'.repeat(32)
const ORIGIN = 'c'.repeat(32)

function spanContext(tracestate?: string): SpanContext {
  return {
    traceId: TRACE,
    spanId: 'b'.repeat(16),
    traceFlags: TraceFlags.SAMPLED,
    traceState: tracestate === undefined ? undefined : createTraceState(tracestate),
  }
}

describe('the flow context', () => {
  it('is read as it was written', () => {
    const flows = fc.record({
      flowId: fc.stringMatching(/^[0-9a-f]{32}$/),
      startMs: fc.integer({ min: 0, max: 4e12 }),
      sentMs: fc.integer({ min: 0, max: 4e12 }),
      hop: fc.integer({ min: 0, max: 999_999 }),
    })
    fc.assert(
      fc.property(flows, (flow) => {
        expect(parseFlowContext(formatFlowContext(flow))).toEqual(flow)
      }),
    )
  })

  it('is small', () => {
    const value = formatFlowContext({ flowId: ORIGIN, startMs: 1.8e12, sentMs: 1.8e12, hop: 12 })
    expect(value.length).toBeLessThanOrEqual(56)
  })

  it.each([
    undefined,
    '',
    '1',
    `2-${ORIGIN}-a-b-1`,
    `1-${ORIGIN}-a-b`,
    `1-${ORIGIN}-a-b-x`,
    `1-${'Z'.repeat(32)}-a-b-1`,
  ])('of another version or shape counts as none: %s', (value) =>
    expect(parseFlowContext(value)).toBeUndefined(),
  )

  it('starts at the sender where no message has brought one', () => {
    const flow = nextHop(ROOT_CONTEXT, spanContext(), 1000)
    expect(flow).toEqual({ flowId: TRACE, startMs: 1000, sentMs: 1000, hop: 1 })
  })

  it('never starts later than its first message was sent, whose span may have started a moment later', () => {
    const span = Object.assign(trace.wrapSpanContext(spanContext()), { startTime: [1, 3_000_000] })
    const flow = nextHop(trace.setSpan(ROOT_CONTEXT, span), spanContext(), 1000)
    expect(flow).toMatchObject({ startMs: 1000, sentMs: 1000 })
  })

  it('goes on where a message has brought one', () => {
    const active = trace.setSpanContext(ROOT_CONTEXT, spanContext(`flowstitch=1-${ORIGIN}-1-2-3`))
    expect(nextHop(active, spanContext(), 1000)).toEqual({ flowId: ORIGIN, startMs: 1, sentMs: 1000, hop: 4 })
    expect(flowIdOf(active)).toBe(ORIGIN)
  })

  it('goes first in the tracestate, and the other members stay', () => {
    const state = traceStateWith(
      nextHop(ROOT_CONTEXT, spanContext(), 1000),
      spanContext('vendor=x,flowstitch=old'),
    )
    expect(state).toBe(`flowstitch=1-${TRACE}-rs-rs-1,vendor=x`)
  })

  it('is the trace itself outside of any flow, and nothing outside of any trace', () => {
    expect(flowIdOf(trace.setSpanContext(ROOT_CONTEXT, spanContext()))).toBe(TRACE)
    expect(flowIdOf(ROOT_CONTEXT)).toBeUndefined()
    expect(flowOf(ROOT_CONTEXT)).toBeUndefined()
  })
})
