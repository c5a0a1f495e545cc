import { recordMetrics, recordSpans, type SpanRecorder } from '@flowstitch/testing'
import { context, ROOT_CONTEXT, SpanKind, trace, type Context } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { flowIdOf, invoke, process, type InvocationOperation, type Relation } from '../src/index.ts'
import { carrier, delivery, letter, testKernel, type Letter } from './support.ts'

const TRACE_ID = 'a'.repeat(32)
const FLOW = '1-'.concat('c'.repeat(32), '-mhj1abcd-mhj1abce-1')

function sent(n: number): Letter {
  const spanId = (n + 1).toString(16).padStart(16, '0')
  return letter(String(n), {
    traceparent: `00-${TRACE_ID}-${spanId}-01`,
    tracestate: `flowstitch=${FLOW}`,
  })
}

const facts = ({ body }: Letter) => ({ id: body })
const operation: InvocationOperation<Letter> = {
  name: 'process',
  destination: { name: 'inbox' },
  invocation: () => ({ name: 'ship', trigger: 'pubsub' }),
  traceHeader: undefined,
  carrier,
  messages: [],
  facts,
}

let recorder: SpanRecorder
beforeEach(() => {
  recorder = recordSpans()
})
afterEach(() => recorder.shutdown())

describe('an invocation', () => {
  it('of more messages than a span may have links has parts', () => {
    const messages = Array.from({ length: 300 }, (_, n) => sent(n))
    invoke(testKernel(), { ...operation, messages }, () => {})
    expect(recorder.spans.map(({ links }) => links.length)).toEqual([44, 128, 128])
    const whole = recorder.spans.at(-1)
    expect(whole).toMatchObject({ name: 'ship', kind: SpanKind.SERVER })
    expect(recorder.spans[0]?.parentSpanContext?.spanId).toBe(whole?.spanContext().spanId)
    expect(recorder.open).toBe(0)
  })

  it('of one message runs in the flow of that', () => {
    const flowId = invoke(testKernel(), { ...operation, messages: [sent(1)] }, () =>
      flowIdOf(context.active()),
    )
    expect(flowId).toBe('c'.repeat(32))
  })

  it('counts the messages that no other span tells of', () => {
    const metrics = recordMetrics()
    invoke(testKernel(), { ...operation, messages: [sent(1), sent(2)] }, () => {})
    invoke(testKernel(), operation, () => {})
    expect(metrics.of('messaging.client.consumed.messages').map(({ value }) => value)).toEqual([2])
  })

  it.each([
    ['throws', () => invoke(testKernel(), operation, fails)],
    ['rejects', () => invoke(testKernel(), operation, async () => fails())],
  ])('ends where its function %s', async (_, run) => {
    await expect(async () => run()).rejects.toThrow('no')
    expect(recorder.open).toBe(0)
    expect(recorder.spans[0]?.attributes['error.type']).toBe('Error')
  })

  it('runs, and ends as its function does, though its span fails at all that is done to it', () => {
    const broken = new Proxy(
      trace.wrapSpanContext({ traceId: TRACE_ID, spanId: 'b'.repeat(16), traceFlags: 1 }),
      {
        get: (target, name) => (name === 'spanContext' ? () => target.spanContext() : fails),
      },
    )
    trace.disable()
    trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan: () => broken }) as never })
    const counting = (): number =>
      invoke(testKernel(), operation, (invocation) => {
        invocation.counted(2, 1)
        return 42
      })
    expect(counting()).toBe(42)
    expect(() => invoke(testKernel(), operation, fails)).toThrow('no')
  })

  it('runs though nothing is known of it', () => {
    expect(invoke(testKernel(), { ...operation, invocation: fails }, () => 42)).toBe(42)
    expect(recorder.spans).toHaveLength(0)
  })
})

function fails(): never {
  throw new Error('no')
}

function handleIn(around: Context, message: Letter, relation: Relation = 'auto'): void {
  const handling = { ...delivery, message, facts, invocation: around }
  process(testKernel({ relation }), handling, () => {})
}

describe('a message that comes alone', () => {
  const invoked = (run: (around: Context) => void): void =>
    invoke(testKernel(), operation, ({ context: around }) => run(around))

  it("continues its producer's trace, and the invocation links to its handling", () => {
    invoked((around) => handleIn(around, sent(1), 'parent'))
    const [handling, invocation] = recorder.spans
    expect(handling?.spanContext().traceId).toBe(TRACE_ID)
    expect(invocation?.links.map((link) => link.context.spanId)).toEqual([handling?.spanContext().spanId])
  })

  it.each<[string, Letter, Relation]>([
    ['has no context', letter('a'), 'auto'],
    ['is not to continue a trace', sent(1), 'link'],
  ])('is handled below the invocation where it %s', (_, message, relation) => {
    invoked((around) => handleIn(around, message, relation))
    const [handling, invocation] = recorder.spans
    expect(handling?.parentSpanContext?.spanId).toBe(invocation?.spanContext().spanId)
    expect(handling?.links).toHaveLength(relation === 'link' ? 1 : 0)
    expect(invocation?.links).toEqual([])
  })

  it('is handled though the invocation has no span', () => {
    handleIn(ROOT_CONTEXT, sent(1))
    handleIn(
      trace.setSpan(ROOT_CONTEXT, trace.wrapSpanContext({ traceId: '', spanId: '', traceFlags: 0 })),
      letter('a'),
    )
    expect(recorder.spans).toHaveLength(2)
  })
})
