import { context, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import { AlwaysOnSampler } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { processBatch } from '../src/kernel/batch.ts'
import { captureContext, runWithContext } from '../src/context.ts'
import { flowIdOf } from '../src/propagation/flow-context.ts'
import { process, startProcess } from '../src/kernel/process.ts'
import { receive } from '../src/kernel/receive.ts'
import { flowSampler } from '../src/propagation/sampler.ts'
import * as names from '../src/semconv.ts'
import { send } from '../src/kernel/send.ts'
import { settle } from '../src/kernel/settle.ts'
import { carrier, delivery, letter, sendLetters, testKernel, type Letter } from './support.ts'

const facts = (): object => ({})

describe('the kernel', () => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordSpans()
  })
  afterEach(() => recorder.shutdown())

  it('gives each message of a batch a create span of its own, up to a hundred', () => {
    const messages = sendLetters(Array.from({ length: 100 }, String))
    expect(new Set(messages.map(({ headers }) => headers['traceparent'])).size).toBe(100)
    expect(recorder.spans.filter(({ name }) => name === 'create inbox')).toHaveLength(100)
  })

  it('lets one send span travel with all messages beyond a hundred', () => {
    const messages = sendLetters(Array.from({ length: 101 }, String))
    expect(new Set(messages.map(({ headers }) => headers['traceparent'])).size).toBe(1)
    expect(recorder.spans.map(({ kind }) => kind)).toEqual([SpanKind.PRODUCER])
    expect(recorder.spans[0]?.attributes[names.MESSAGING_BATCH_MESSAGE_COUNT]).toBe(101)
  })

  it('makes no create spans where the user wants none', () => {
    sendLetters(['a', 'b'], { createSpans: 'never' })
    expect(recorder.spans.map(({ name }) => name)).toEqual(['send inbox'])
  })

  it('makes no create span for a message of a batch that carries a context of its own', () => {
    const own = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    const messages = [letter('own', { traceparent: own }), letter('none')]
    const operation = { name: 'send', destination: { name: 'inbox' }, batch: true, messages, carrier, facts }
    const [first, second] = send(testKernel(), operation, (out) => out)
    expect(first?.headers['traceparent']).toBe(own)
    const creates = recorder.spans.filter(({ name }) => name === 'create inbox')
    expect(creates).toHaveLength(1)
    expect(second?.headers['traceparent']).toContain(creates[0]?.spanContext().spanId)
    const links = recorder.spans.find(({ name }) => name === 'send inbox')?.links
    expect(links?.map((link) => link.context.spanId)).toEqual([
      'b'.repeat(16),
      creates[0]?.spanContext().spanId,
    ])
  })

  it('says on a batch span that it is linked, and why', () => {
    processBatch(testKernel(), { ...delivery, messages: [letter('a')], facts }, () => {})
    expect(recorder.spans[0]?.attributes).toMatchObject({
      [names.FLOWSTITCH_RELATION]: 'link',
      [names.FLOWSTITCH_RELATION_REASON]: 'batch',
    })
  })

  it.each([
    ['redelivery', { attempt: 2 }],
    ['delayed', { delayMs: 1 }],
    ['delayed', { brokerTimeMs: 1 }],
    ['dead-letter', { deadLetter: { source: 'inbox' } }],
  ])('starts a new trace for a %s: %j', (reason, known) => {
    const [message] = sendLetters(['a'])
    process(testKernel(), { ...delivery, message: message as Letter, facts: () => known }, () => {})
    const span = recorder.spans.at(-1)
    expect(span?.parentSpanContext).toBeUndefined()
    expect(span?.links).toHaveLength(1)
    expect(span?.attributes[names.FLOWSTITCH_RELATION_REASON]).toBe(reason)
  })

  it('takes the relation per destination from the user', () => {
    const kernel = testKernel({ relation: (destination) => (destination === 'inbox' ? 'parent' : 'auto') })
    const [message] = sendLetters(['a'])
    process(kernel, { ...delivery, message: message as Letter, facts: () => ({ attempt: 9 }) }, () => {})
    expect(recorder.spans[1]?.parentSpanContext?.spanId).toBe(recorder.spans[0]?.spanContext().spanId)
  })

  it('links the ambient context of a pull, and forgets that of a callback', () => {
    const ambient = trace.getTracer('test').startSpan('poll loop')
    const [message] = sendLetters(['a'])
    for (const pulled of [true, false]) {
      context.with(trace.setSpan(ROOT_CONTEXT, ambient), () =>
        process(testKernel(), { ...delivery, message: message as Letter, facts, pulled }, () => {}),
      )
    }
    const [pull, push] = recorder.spans.slice(-2)
    expect(pull?.links.map((link) => link.context.spanId)).toContain(ambient.spanContext().spanId)
    expect(push?.links.map((link) => link.context.spanId)).not.toContain(ambient.spanContext().spanId)
    ambient.end()
  })

  it('never says that a message was waited for less than no time', () => {
    process(
      testKernel(),
      {
        ...delivery,
        message: letter('from the future'),
        facts: () => ({ brokerTimeMs: Date.now() + 60_000 }),
      },
      () => {},
    )
    expect(recorder.spans[0]?.attributes).toMatchObject({
      [names.FLOWSTITCH_MESSAGE_DWELL]: 0,
      [names.FLOWSTITCH_CLOCK_SKEW]: true,
    })
  })

  it("measures the dwell by the broker's clock alone where the broker tells both ends", () => {
    const brokerTimeMs = Date.now() + 60_000
    const known = { brokerTimeMs, deliveryTimeMs: brokerTimeMs + 25, sentTimeMs: brokerTimeMs - 120_000 }
    process(testKernel(), { ...delivery, message: letter('a'), facts: () => known }, () => {})
    expect(recorder.spans[0]?.attributes).toMatchObject({ [names.FLOWSTITCH_MESSAGE_DWELL]: 25 })
    expect(recorder.spans[0]?.attributes).not.toHaveProperty(names.FLOWSTITCH_CLOCK_SKEW)
  })

  it('answers what the handler answers, at the end of the span', async () => {
    const answer = process(testKernel(), { ...delivery, message: letter('a'), facts }, async () => 'done')
    expect(await answer).toBe('done')
    expect(recorder.spans).toHaveLength(1)
  })

  it('ends a handling once, whatever is told afterwards', () => {
    const processing = startProcess(testKernel(), { ...delivery, message: letter('a'), facts })
    processing.fail(new Error('first'))
    processing.succeed()
    expect(recorder.spans).toHaveLength(1)
    expect(recorder.open).toBe(0)
  })

  it('makes no span for a poll that brings nothing, and one with links for a poll that brings messages', async () => {
    const operation = {
      name: 'receive',
      destination: { name: 'inbox' },
      carrier,
      facts,
      messages: (m: Letter[]) => m,
    }
    await receive(testKernel(), operation, async () => [])
    expect(recorder.spans).toHaveLength(0)
    const messages = ['a', 'b'].map((body) => sendLetters([body])[0] as Letter)
    await receive(testKernel(), operation, async () => messages)
    const span = recorder.spans.at(-1)
    expect(span?.kind).toBe(SpanKind.CLIENT)
    expect(span?.links).toHaveLength(2)
    expect(span?.attributes[names.MESSAGING_BATCH_MESSAGE_COUNT]).toBe(2)
  })

  it('makes a failed span for a poll that fails', async () => {
    const operation = { name: 'receive', destination: { name: 'inbox' }, carrier, facts, messages: () => [] }
    await expect(receive(testKernel(), operation, () => Promise.reject(new Error('gone')))).rejects.toThrow(
      'gone',
    )
    expect(recorder.spans[0]?.status.message).toBe('gone')
  })

  it('settles below the handling of the message, and notes there how', () => {
    const [message] = sendLetters(['a'])
    const processing = startProcess(testKernel(), { ...delivery, message: message as Letter, facts })
    settle(testKernel(), { name: 'ack', destination: { name: 'inbox' }, processings: [processing] }, () => {})
    processing.succeed()
    const [sent, ack, handled] = recorder.spans
    expect(ack?.name).toBe('ack inbox')
    expect(ack?.kind).toBe(SpanKind.CLIENT)
    expect(ack?.parentSpanContext?.spanId).toBe(handled?.spanContext().spanId)
    expect(ack?.links[0]?.context.spanId).toBe(sent?.spanContext().spanId)
    expect(handled?.attributes[names.FLOWSTITCH_SETTLEMENT]).toBe('ack')
  })

  it('settles below the handling also when that has ended', () => {
    const [message] = sendLetters(['a'])
    const processing = startProcess(testKernel(), { ...delivery, message: message as Letter, facts })
    processing.succeed()
    settle(testKernel(), { name: 'ack', destination: { name: 'inbox' }, processings: [processing] }, () => {})
    const [, handled, ack] = recorder.spans
    expect(ack?.name).toBe('ack inbox')
    expect(ack?.parentSpanContext?.spanId).toBe(handled?.spanContext().spanId)
  })

  it('settles without a span where the user wants none, and still notes how', () => {
    const kernel = testKernel({ settleSpans: false })
    const processing = startProcess(kernel, { ...delivery, message: letter('a'), facts })
    expect(settle(kernel, { name: 'ack', processings: [processing] }, () => 'done')).toBe('done')
    processing.succeed()
    expect(recorder.spans.map(({ name }) => name)).toEqual(['process inbox'])
    expect(recorder.spans[0]?.attributes[names.FLOWSTITCH_SETTLEMENT]).toBe('ack')
  })

  it('handles a message that can not be described', () => {
    const broken = (): never => {
      throw new Error('no facts')
    }
    expect(process(testKernel(), { ...delivery, message: letter('a'), facts: broken }, () => 42)).toBe(42)
    expect(recorder.spans).toHaveLength(1)
  })

  it('takes what is no relation for auto, and what is no template for none', () => {
    const nothing = (() => undefined) as never
    const [message] = sendLetters(['a'])
    const kernel = testKernel({ relation: nothing, destinationTemplate: () => null as never })
    process(kernel, { ...delivery, message: message as Letter, facts }, () => {})
    const span = recorder.spans[1]
    expect(span?.attributes[names.FLOWSTITCH_RELATION]).toBe('parent')
    expect(names.MESSAGING_DESTINATION_TEMPLATE in (span?.attributes ?? {})).toBe(false)
  })

  it('leaves names of temporary destinations out of span names', () => {
    process(
      testKernel(),
      { ...delivery, destination: { name: 'amq.gen-1', anonymous: true }, message: letter('a'), facts },
      () => {},
    )
    expect(recorder.spans[0]?.name).toBe('process')
  })

  it.each([
    ['1.45', ['messaging.system.name']],
    ['1.44', ['messaging.system']],
    ['dup', ['messaging.system', 'messaging.system.name']],
  ] as const)('writes the names of %s', (semconv, expected) => {
    sendLetters(['a'], { semconv })
    const written = Object.keys(recorder.spans[0]?.attributes ?? {}).filter((name) =>
      name.startsWith('messaging.system'),
    )
    expect(written.toSorted()).toEqual(expected)
  })
})

describe('work that is done later', () => {
  afterEach(() => recordSpans().shutdown())

  it('links to what captured the context, in its flow', () => {
    const recorder = recordSpans()
    const request = trace.getTracer('test').startSpan('request')
    const captured = context.with(trace.setSpan(ROOT_CONTEXT, request), captureContext)
    request.end()
    const answer = runWithContext(JSON.parse(JSON.stringify(captured)), { name: 'relay' }, () => {
      sendLetters(['row'])
      return flowIdOf(context.active())
    })
    const relay = recorder.spans.find(({ name }) => name === 'relay')
    expect(answer).toBe(request.spanContext().traceId)
    expect(relay?.parentSpanContext).toBeUndefined()
    expect(relay?.links[0]?.context.spanId).toBe(request.spanContext().spanId)
  })

  it.each<Record<string, string> | null | undefined>([null, undefined, {}, { traceparent: 'garbage' }])(
    'runs with no context to go on: %j',
    (captured) => {
      const recorder = recordSpans()
      expect(runWithContext(captured, { name: 'relay' }, () => 42)).toBe(42)
      expect(recorder.spans[0]?.links).toHaveLength(0)
    },
  )

  it('just runs without an SDK', () => {
    expect(captureContext()).toEqual({})
    expect(runWithContext({}, { name: 'relay' }, () => 42)).toBe(42)
  })
})

describe('the flow sampler', () => {
  it('asks with the flow in the place of a trace that a link has started, and keeps the flow in its state', async () => {
    const asked: string[] = []
    const inner = new AlwaysOnSampler()
    const recorder = recordSpans({
      sampler: flowSampler({
        shouldSample(_context, traceId) {
          asked.push(traceId)
          return inner.shouldSample()
        },
      }),
    })
    const [message] = sendLetters(['a'])
    process(testKernel({ relation: 'link' }), { ...delivery, message: message as Letter, facts }, () => {
      trace.getTracer('test').startSpan('child').end()
    })
    const flowId = recorder.spans[0]?.spanContext().traceId
    expect(asked[1]).toBe(flowId)
    const child = recorder.spans.find(({ name }) => name === 'child')
    expect(child?.spanContext().traceState?.get('flowstitch')).toContain(flowId)
    await recorder.shutdown()
  })
})
