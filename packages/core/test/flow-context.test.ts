import { hold } from '@flowstitch/fuzz'
import {
  createTraceState,
  ROOT_CONTEXT,
  trace,
  TraceFlags,
  type Span,
  type SpanContext,
} from '@opentelemetry/api'
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

const sender = (tracestate?: string): Span => trace.wrapSpanContext(spanContext(tracestate))

describe('the flow context', () => {
  it('is read as it was written', () => {
    const flows = fc.record({
      flowId: fc.stringMatching(/^[0-9a-f]{32}$/),
      startMs: fc.integer({ min: 0, max: 4e12 }),
      sentMs: fc.integer({ min: 0, max: 4e12 }),
      hop: fc.integer({ min: 0, max: 999_999 }),
    })
    hold(
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
    const flow = nextHop(ROOT_CONTEXT, sender(), 1000)
    expect(flow).toEqual({ flowId: TRACE, startMs: 1000, sentMs: 1000, hop: 1 })
  })

  it('never starts later than its first message was sent, whose span may have started a moment later', () => {
    const flow = nextHop(ROOT_CONTEXT, Object.assign(sender(), { startTime: [1, 3_000_000] }), 1000)
    expect(flow).toMatchObject({ startMs: 1000, sentMs: 1000 })
  })

  it('goes on where a message has brought one', () => {
    const inFlow = sender(`flowstitch=1-${ORIGIN}-1-2-3`)
    const next = { flowId: ORIGIN, startMs: 1, sentMs: 1000, hop: 4 }
    expect(nextHop(ROOT_CONTEXT, inFlow, 1000)).toEqual(next)
    expect(flowIdOf(trace.setSpan(ROOT_CONTEXT, inFlow))).toBe(ORIGIN)
  })

  it('goes first in the tracestate, and the other members stay', () => {
    const state = traceStateWith(
      nextHop(ROOT_CONTEXT, sender(), 1000),
      spanContext('vendor=x,flowstitch=old'),
    )
    expect(state).toBe(`flowstitch=1-${TRACE}-rs-rs-1,vendor=x`)
  })

  const stateWith = (members: readonly string[]): string =>
    traceStateWith(nextHop(ROOT_CONTEXT, sender(), 1000), spanContext(members.join(',')))
  const members = (count: number, length: number): string[] =>
    Array.from({ length: count }, (_, n) => `vendor${n}=`.padEnd(length, 'x'))

  it('is the first of 32 members at most: the last of the others gives way', () => {
    expect(stateWith(members(31, 10)).split(',')).toHaveLength(32)
    expect(stateWith(members(32, 10))).toBe(`flowstitch=1-${TRACE}-rs-rs-1,${members(31, 10).join(',')}`)
  })

  it('leaves as many whole members of others as 512 characters hold', () => {
    const others = members(10, 48)
    const written = stateWith(others)
    expect(others.join(',')).toHaveLength(489)
    expect(written).toBe(`flowstitch=1-${TRACE}-rs-rs-1,${others.slice(0, 9).join(',')}`)
    expect(createTraceState(written).get('vendor8')).toBeDefined()
    expect(stateWith(members(9, 50))).toHaveLength(512)
    expect(createTraceState(stateWith(members(9, 50))).get('vendor8')).toBeDefined()
  })

  it('takes the place of large members before that of the last', () => {
    const [large = ''] = members(1, 200)
    const small = members(8, 40).slice(1)
    expect(stateWith([large, ...small])).toBe(`flowstitch=1-${TRACE}-rs-rs-1,${small.join(',')}`)
  })

  it('is the trace itself outside of any flow, and nothing outside of any trace', () => {
    expect(flowIdOf(trace.setSpanContext(ROOT_CONTEXT, spanContext()))).toBe(TRACE)
    expect(flowIdOf(ROOT_CONTEXT)).toBeUndefined()
    expect(flowOf(ROOT_CONTEXT)).toBeUndefined()
  })
})
