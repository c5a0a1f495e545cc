import { context, createContextKey, propagation, ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import type { Sampler } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { processBatch } from '../src/kernel/batch.ts'
import { process, startProcess } from '../src/kernel/process.ts'
import { send } from '../src/kernel/send.ts'
import { settle } from '../src/kernel/settle.ts'
import { flowIdOf, flowOf } from '../src/propagation/flow-context.ts'
import { carrier, delivery, letter, testKernel, type Letter } from './support.ts'

const KEY = createContextKey('of the user')
/** By which the SDK's `suppressTracing` works. */
const SUPPRESS = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')
const [AMBIENT_TRACE, AMBIENT_FLOW, FLOW] = ['a'.repeat(32), 'b'.repeat(32), 'c'.repeat(32)]
const facts = (): object => ({})
const traceparent = `00-${FLOW}-${'d'.repeat(16)}-01`
const inFlow = { traceparent, tracestate: `flowstitch=1-${FLOW}-1-2-3` }
const kernel = testKernel({ relation: 'parent' })
const pulled = { ...delivery, facts, pulled: true }

/** A context of the user's with everything in it: a span in a flow, baggage, a key of their own. */
function ambient(): Context {
  let inHandler: Context = ROOT_CONTEXT
  const traceparentOfAmbient = `00-${AMBIENT_TRACE}-${'e'.repeat(16)}-01`
  const tracestate = `flowstitch=1-${AMBIENT_FLOW}-1-2-3`
  const message = letter('around', { traceparent: traceparentOfAmbient, tracestate })
  process(kernel, { ...delivery, message, facts }, () => {
    inHandler = context.active()
  })
  const baggage = propagation.createBaggage({ tenant: { value: 'ambient' } })
  return propagation.setBaggage(inHandler.setValue(KEY, 42), baggage)
}

interface Seen {
  readonly key: unknown
  readonly tenant: string | undefined
  readonly flow: string | undefined
  readonly traceId: string | undefined
  readonly sent: Letter | undefined
}

function look(): Seen {
  const active = context.active()
  const sending = { name: 'send', destination: { name: 'next' }, batch: false, carrier, facts }
  const [sent] = send(testKernel(), { ...sending, messages: [letter('y')] }, (out) => out)
  return {
    key: active.getValue(KEY),
    tenant: propagation.getActiveBaggage()?.getEntry('tenant')?.value,
    flow: flowOf(active)?.flowId,
    traceId: trace.getSpanContext(active)?.traceId,
    sent,
  }
}

describe('a message that the application asked for', () => {
  let recorder: SpanRecorder
  let around: Context
  beforeEach(() => {
    recorder = recordSpans()
    around = ambient()
    recorder.clear()
  })
  afterEach(() => recorder.shutdown())

  const handle = (headers: Record<string, string>): Seen =>
    context.with(around, () => process(kernel, { ...pulled, message: letter('x', headers) }, look))

  it('is handled in the context around it, in a span and a flow of its own', () => {
    const seen = handle(inFlow)
    expect(seen).toMatchObject({ key: 42, tenant: 'ambient', flow: FLOW, traceId: FLOW })
    expect(seen.sent?.headers['tracestate']).toContain(`flowstitch=1-${FLOW}-`)
    const [, span] = recorder.spans
    expect(span?.parentSpanContext?.spanId).toBe('d'.repeat(16))
    expect(span?.links[1]?.context).toEqual(trace.getSpanContext(around))
  })

  it.each([
    ['of another system', { traceparent }],
    ['of another system, in baggage of its own', { traceparent, baggage: 'tenant=own' }],
    ['without a context', {}],
    ['without a context, in baggage of its own', { baggage: 'tenant=own' }],
  ])('is in no flow of what is around it: %s', (_, headers) => {
    const seen = handle(headers)
    expect(seen.flow).toBeUndefined()
    expect(seen.key).toBe(42)
    expect([FLOW, recorder.spans[1]?.spanContext().traceId]).toContain(seen.traceId)
    expect(recorder.spans[1]?.parentSpanContext?.traceId).not.toBe(AMBIENT_TRACE)
    expect(seen.sent?.headers['tracestate']).toContain(`flowstitch=1-${seen.traceId}-`)
  })

  it('has its own baggage where it has some', () => {
    expect(handle({ ...inFlow, baggage: 'tenant=own' })).toMatchObject({ tenant: 'own', key: 42, flow: FLOW })
    expect(handle({ baggage: 'tenant=own' })).toMatchObject({ tenant: 'own', key: 42 })
  })

  it('makes no span where tracing is suppressed around it', () => {
    around = around.setValue(SUPPRESS, true)
    expect(handle(inFlow)).toMatchObject({ key: 42, sent: letter('y') })
    expect(recorder.spans).toHaveLength(0)
  })

  it('is settled in no flow of what is around it, be it after its end', () => {
    const operation = { ...pulled, message: letter('x', { traceparent }) }
    const processing = context.with(around, () => startProcess(testKernel(), operation))
    processing.succeed()
    expect(flowOf(processing.context)).toBeUndefined()
    expect(flowIdOf(processing.context)).toBe(FLOW)
    settle(testKernel(), { name: 'ack', processings: [processing] }, () => {})
    expect(recorder.spans[1]?.parentSpanContext?.spanId).toBe(recorder.spans[0]?.spanContext().spanId)
  })

  it('sees no span but its own where none could be started', () => {
    const failing: Sampler = {
      shouldSample() {
        throw new Error('sampler')
      },
      toString: () => 'failing',
    }
    recorder = recordSpans({ sampler: failing })
    expect(handle(inFlow)).toMatchObject({ key: 42, flow: FLOW, traceId: FLOW })
    expect(handle({})).toMatchObject({ key: 42, flow: undefined, traceId: undefined })
    const linking = { ...pulled, message: letter('x', inFlow) }
    const seen = context.with(around, () => process(testKernel({ relation: 'link' }), linking, look))
    expect(seen).toMatchObject({ key: 42, flow: FLOW, traceId: undefined })
  })

  it('that a client hands to a callback is handled in nothing of what is around it', () => {
    const message = letter('x', inFlow)
    const seen = context.with(around, () => process(kernel, { ...pulled, message, pulled: false }, look))
    expect(seen).toMatchObject({ key: undefined, tenant: undefined, flow: FLOW, traceId: FLOW })
  })
})

/** Absent from API 1.9, and without it no loop has a context. */
const canAttach = typeof (context as { attach?: unknown }).attach === 'function'

function inBatch(handler: (messages: readonly Letter[], batch: Context) => void): void {
  const messages = [letter('a', { ...inFlow, baggage: 'tenant=own' }), letter('b', { traceparent })]
  const each = (message: Letter, batch: Context): object => ({ ...pulled, message, batch, delivers: false })
  const operation = { ...delivery, facts, messages, each: each as never }
  processBatch(testKernel(), operation, (batch) => handler(messages, batch))
}

describe('a batch that the application loops over', () => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordSpans()
  })
  afterEach(() => recorder.shutdown())

  const withKey = (run: () => void): void => context.with(context.active().setValue(KEY, 42), run)

  it.runIf(canAttach)('handles each message in the context around the loop, and comes back to that', () => {
    const seen: unknown[] = []
    inBatch((messages) =>
      withKey(() => {
        for (const _ of messages) seen.push(context.active().getValue(KEY), flowOf(context.active())?.flowId)
        seen.push(context.active().getValue(KEY))
      }),
    )
    expect(seen).toEqual([42, FLOW, 42, undefined, 42])
    expect(recorder.spans.map(({ name }) => name)).toHaveLength(3)
  })

  it.runIf(canAttach)('lets nothing of one loop into another that is ahead of it', async () => {
    const seen: unknown[] = []
    const ahead: Context[] = []
    const turns: Promise<void>[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    inBatch((messages) => {
      const loop = async (turn: Promise<void>): Promise<void> => {
        for (const { body } of messages) {
          const tenant = propagation.getActiveBaggage()?.getEntry('tenant')?.value
          seen.push([body, context.active().getValue(KEY), flowOf(context.active())?.flowId, tenant])
          if (turn !== promise) ahead.push(context.active())
          await turn
        }
      }
      withKey(() => {
        turns.push(loop(promise), loop(Promise.resolve()))
      })
    })
    await turns[1]
    expect(ahead.map((over) => propagation.getBaggage(over))).toEqual([undefined, undefined])
    resolve()
    await turns[0]
    const [a, b] = [
      ['a', 42, FLOW, 'own'],
      ['b', 42, undefined, undefined],
    ]
    expect(seen).toEqual([a, a, b, b])
  })

  it.runIf(canAttach)(
    'handles a message in the context around the loop, wherever that is looked into',
    () => {
      inBatch((messages) =>
        withKey(() => {
          for (const _ of messages) {
            const body = context.active()
            const elsewhere = ROOT_CONTEXT.setValue(KEY, 7)
            expect(context.with(elsewhere, () => body.getValue(KEY))).toBe(42)
          }
        }),
      )
    },
  )

  it('handles a message once, where the loop has its handling as well', () => {
    const keys: unknown[] = []
    inBatch((messages, batch) =>
      withKey(() => {
        for (const message of messages) {
          process(testKernel(), { ...pulled, message, batch, delivers: false }, () =>
            keys.push(context.active().getValue(KEY)),
          )
        }
      }),
    )
    expect(keys).toEqual([42, 42])
    expect(recorder.spans).toHaveLength(3)
  })
})
