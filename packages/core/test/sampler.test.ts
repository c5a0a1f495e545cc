import { context, createTraceState, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import { AlwaysOnSampler } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { processBatch } from '../src/kernel/batch.ts'
import { process } from '../src/kernel/process.ts'
import { receive } from '../src/kernel/receive.ts'
import { send } from '../src/kernel/send.ts'
import { flowIdOf, flowOf, parseFlowContext, type FlowContext } from '../src/propagation/flow-context.ts'
import { flowSampler } from '../src/propagation/sampler.ts'
import { carrier, delivery, letter, testKernel, type Letter } from './support.ts'

const [A, B, PRODUCER] = ['a'.repeat(32), 'b'.repeat(32), 'c'.repeat(32)]
const facts = (): object => ({})
const traceparent = `00-${PRODUCER}-${'d'.repeat(16)}-01`

const ofFlow = (flowId: string, others = ''): Letter =>
  letter('x', { traceparent, tracestate: `flowstitch=1-${flowId}-1-2-3${others}` })
const ofNoFlow = letter('x', { traceparent })

/** What the flow is in a batch, and of what is sent in it. */
function inBatch(messages: readonly Letter[]): { flowId?: string; traceId?: string; sent?: FlowContext } {
  return processBatch(testKernel(), { ...delivery, messages, facts }, (ctx) => {
    const sending = { name: 'send', destination: { name: 'next' }, batch: false, carrier, facts }
    const [out] = context.with(ctx, () =>
      send(testKernel(), { ...sending, messages: [letter('y')] }, (outgoing) => outgoing),
    )
    const [member] = out?.headers['tracestate']?.slice('flowstitch='.length).split(',') ?? []
    const traceId = trace.getSpanContext(ctx)?.traceId
    return { flowId: flowIdOf(ctx), traceId, sent: parseFlowContext(member) }
  })
}

describe('the flow sampler', () => {
  let recorder: SpanRecorder
  let asked: string[]
  beforeEach(() => {
    asked = []
    const inner = new AlwaysOnSampler()
    const shouldSample = (_: unknown, traceId: string): ReturnType<typeof inner.shouldSample> => {
      asked.push(traceId)
      return inner.shouldSample()
    }
    recorder = recordSpans({ sampler: flowSampler({ shouldSample }) })
  })
  afterEach(() => recorder.shutdown())

  it.each<[string, readonly Letter[]]>([
    ['two flows', [ofFlow(A), ofFlow(B)]],
    ['one flow, and of none', [ofFlow(A), ofNoFlow]],
    ['one flow, and of no context at all', [ofFlow(A), letter('x')]],
    ['two flows, the second beyond the link limit', [...Array<Letter>(128).fill(ofFlow(A)), ofFlow(B)]],
  ])('takes a batch of messages of %s for a flow of its own', (_, messages) => {
    const { flowId, traceId, sent } = inBatch(messages)
    expect(flowId).toBe(traceId)
    expect(sent).toMatchObject({ flowId: traceId, hop: 1 })
    expect(asked[0]).toBe(traceId)
  })

  it.each([2, 200])('takes a batch of %i messages of one flow for a part of it', (count) => {
    expect(inBatch(Array<Letter>(count).fill(ofFlow(A)))).toMatchObject({
      flowId: A,
      sent: { flowId: A, hop: 4 },
    })
    expect(asked[0]).toBe(A)
  })

  it.each([
    ['two flows', [ofFlow(A), ofFlow(B)], undefined],
    ['one flow and of none', [ofFlow(A), letter('x')], undefined],
    ['one flow', [ofFlow(A), ofFlow(A)], A],
  ])('is as careful with a receive of messages of %s', (_, messages, flowId) => {
    const operation = { name: 'receive', destination: { name: 'inbox' }, carrier, facts }
    receive(testKernel(), { ...operation, messages: (all: readonly Letter[]) => all }, () => messages)
    const state = recorder.spans[0]?.spanContext().traceState
    expect(parseFlowContext(state?.get('flowstitch'))?.flowId).toBe(flowId)
  })

  it.each([
    ['of another flow', ofFlow(B), B],
    ['of no flow', ofNoFlow, undefined],
    ['without a context', letter('x'), undefined],
  ])('leaves a message %s out of the flow around it', (_, message, flowId) => {
    const kernel = testKernel({ relation: 'link' })
    process(kernel, { ...delivery, message: ofFlow(A), facts }, () => {
      expect(flowIdOf(context.active())).toBe(A)
      process(kernel, { ...delivery, message, facts, pulled: true }, () => {
        expect(flowOf(context.active())?.flowId).toBe(flowId)
        trace.getTracer('test').startSpan('child').end()
      })
    })
    const child = recorder.spans.find(({ name }) => name === 'child')
    const state = child?.spanContext().traceState
    expect(parseFlowContext(state?.get('flowstitch'))?.flowId).toBe(flowId)
  })

  const RANDOM = ['0123456789abcd', 'ffffffffffffff']

  it("carries the randomness of the message's trace over the link, and not that of what is around it", () => {
    const kernel = testKernel({ relation: 'link' })
    process(kernel, { ...delivery, message: ofFlow(A, `,ot=rv:${RANDOM[0]}`), facts }, () => {
      const message = ofFlow(B, `,ot=th:8;rv:${RANDOM[1]}`)
      process(kernel, { ...delivery, message, facts, pulled: true }, () => {})
    })
    const states = recorder.spans.map((span) => span.spanContext().traceState?.get('ot'))
    expect(states).toEqual([`rv:${RANDOM[1]}`, `rv:${RANDOM[0]}`])
  })

  it('carries none to what has a link to another flow besides', () => {
    const kernel = testKernel({ relation: 'link' })
    const traceState = createTraceState(`flowstitch=1-${B}-1-2-3,ot=rv:${RANDOM[1]}`)
    const link = { context: { traceId: B, spanId: 'f'.repeat(16), traceFlags: 1, traceState } }
    process(kernel, { ...delivery, message: ofFlow(A), facts }, () => {
      trace
        .getTracer('test')
        .startSpan('aside', { root: true, links: [link] })
        .end()
    })
    const state = recorder.spans[0]?.spanContext().traceState
    expect(state?.serialize()).toBe(`flowstitch=1-${A}-1-2-3`)
  })

  it('leaves a span that has a parent to the sampler within, as it is', () => {
    const kernel = testKernel({ relation: 'parent' })
    const foreign = trace.setSpanContext(ROOT_CONTEXT, {
      traceId: PRODUCER,
      spanId: 'e'.repeat(16),
      traceFlags: 1,
    })
    const traceState = createTraceState(`flowstitch=1-${A}-1-2-3,ot=rv:${RANDOM[0]}`)
    const link = { context: { traceId: B, spanId: 'f'.repeat(16), traceFlags: 1, traceState } }
    process(kernel, { ...delivery, message: ofFlow(A), facts }, () => {})
    trace
      .getTracer('test')
      .startSpan('child', { links: [link] }, foreign)
      .end()
    expect(asked).toEqual([PRODUCER, PRODUCER])
    expect(recorder.spans[1]?.spanContext().traceState).toBeUndefined()
  })
})
