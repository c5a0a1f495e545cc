import {
  context,
  createContextKey,
  propagation,
  ROOT_CONTEXT,
  trace,
  type Span,
  type SpanContext,
} from '@opentelemetry/api'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { captureContext, runWithContext, type CapturedContext } from '../src/context.ts'
import { process } from '../src/kernel/process.ts'
import { flowOf } from '../src/propagation/flow-context.ts'
import { send } from '../src/kernel/send.ts'
import * as names from '../src/semconv.ts'
import { carrier, delivery, letter, testKernel, type Letter } from './support.ts'

const kernel = testKernel()
const NO_FACTS = (): object => ({})

function request(): Span {
  return trace.getTracer('shop').startSpan('request')
}

/** What each request writes into the outbox beside its row, and the context that it wrote it in. */
function requests(count: number): { captured: CapturedContext; made: SpanContext }[] {
  return Array.from({ length: count }, (_, n) => {
    const span = trace.getTracer('shop').startSpan(`request ${n}`)
    const captured = context.with(trace.setSpan(ROOT_CONTEXT, span), captureContext)
    span.end()
    return { captured, made: span.spanContext() }
  })
}

function publish(letters: readonly Letter[]): readonly Letter[] {
  const batch = letters.length > 1
  const operation = { name: 'send', destination: { name: 'inbox' }, batch, messages: letters, carrier }
  return send(kernel, { ...operation, facts: NO_FACTS }, (messages) => messages)
}

describe('a message out of an outbox', () => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordSpans()
  })
  afterEach(() => recorder.shutdown())

  function expectHandledInFlowOf(made: SpanContext, message: Letter): void {
    recorder.clear()
    process(kernel, { ...delivery, message, facts: NO_FACTS }, () => undefined)
    expect(recorder.spans[0]?.attributes[names.FLOWSTITCH_FLOW_ID]).toBe(made.traceId)
  }

  it('belongs to the request that wrote the row, whose columns keep the context as text', () => {
    const [{ captured, made }] = requests(1) as [ReturnType<typeof requests>[0]]
    const { traceparent, tracestate } = captured
    expect(Object.keys(captured)).toEqual(['traceparent', 'tracestate'])
    const row = { traceparent: traceparent!, tracestate: tracestate! }
    const [sent] = runWithContext(row, { name: 'relay order' }, () => publish([letter('order')]))
    const relay = recorder.spans.find(({ name }) => name === 'relay order')
    expect(relay?.links[0]?.context.spanId).toBe(made.spanId)
    expectHandledInFlowOf(made, sent!)
  })

  it('has no baggage stored beside it', () => {
    const baggage = propagation.createBaggage({ tenant: { value: 'blue' } })
    const captured = context.with(
      propagation.setBaggage(trace.setSpan(ROOT_CONTEXT, request()), baggage),
      () => {
        expect(propagation.getActiveBaggage()).toBeDefined()
        return captureContext()
      },
    )
    expect(Object.keys(captured)).toEqual(['traceparent', 'tracestate'])
  })

  it('is relayed in a trace of its own, be there baggage with the context', () => {
    const made = request().spanContext()
    const captured = { traceparent: `00-${made.traceId}-${made.spanId}-01`, baggage: 'tenant=blue' }
    runWithContext(captured, { name: 'relay order' }, () => {
      expect(propagation.getActiveBaggage()?.getEntry('tenant')?.value).toBe('blue')
    })
    expect(recorder.spans[0]?.parentSpanContext).toBeUndefined()
    expect(recorder.spans[0]?.links).toHaveLength(1)
  })

  it('is relayed with all that is active but its trace and flow', () => {
    const key = createContextKey('of the user')
    const [{ captured, made }] = requests(1) as [ReturnType<typeof requests>[0]]
    const loop = runWithContext(requests(1)[0]?.captured, { name: 'loop' }, () => context.active())
    const seen = (row: CapturedContext | null): unknown[] =>
      context.with(loop.setValue(key, 42), () =>
        runWithContext(row, { name: 'relay order' }, () => {
          const active = context.active()
          return [active.getValue(key), flowOf(active)?.flowId, trace.getActiveSpan() !== trace.getSpan(loop)]
        }),
      )
    expect(seen(captured)).toEqual([42, made.traceId, true])
    expect(seen(null)).toEqual([42, undefined, true])
    expect(recorder.spans.map(({ parentSpanContext }) => parentSpanContext)).toEqual(Array(5).fill(undefined))
  })

  it('belongs to its own request, where a relay sends many rows in one call', () => {
    const rows = requests(3)
    const sent = publish(rows.map(({ captured }) => letter('order', { ...captured })))
    const [span] = recorder.spans.slice(-1)
    expect(span?.links.map((link) => link.context.spanId)).toEqual(rows.map(({ made }) => made.spanId))
    for (const [index, { made }] of rows.entries()) expectHandledInFlowOf(made, sent[index]!)
  })

  it('belongs to its request where a connector puts the columns into its headers', () => {
    const [{ captured, made }] = requests(1) as [ReturnType<typeof requests>[0]]
    expectHandledInFlowOf(made, letter('order', { ...captured }))
    expect(recorder.spans[0]?.parentSpanContext?.spanId).toBe(made.spanId)
  })
})
