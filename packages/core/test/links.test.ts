import { SpanKind } from '@opentelemetry/api'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { processBatch } from '../src/kernel/batch.ts'
import { send } from '../src/kernel/send.ts'
import { settle } from '../src/kernel/settle.ts'
import * as names from '../src/semconv.ts'
import { carrier, delivery, letter, sendLetters, testKernel, type Letter } from './support.ts'

const facts = (): object => ({})

describe('the kernel', () => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordSpans()
  })
  afterEach(() => recorder.shutdown())

  it('loses none of five hundred links', () => {
    const messages = Array.from({ length: 500 }, (_, n) => sendLetters([String(n)])[0] as Letter)
    const sent = recorder.spans.map((span) => span.spanContext().spanId)
    recorder.clear()
    processBatch(testKernel(), { ...delivery, messages, facts }, () => {})
    const linked = recorder.spans.flatMap(({ links }) => links.map((link) => link.context.spanId))
    expect(linked.toSorted()).toEqual(sent.toSorted())
    const parts = recorder.spans.filter(({ attributes }) => names.FLOWSTITCH_BATCH_PART in attributes)
    const batch = recorder.spans.find(({ parentSpanContext }) => !parentSpanContext)
    expect(parts).toHaveLength(3)
    for (const part of parts) expect(part.parentSpanContext?.spanId).toBe(batch?.spanContext().spanId)
    expect(recorder.open).toBe(0)
  })

  it('keeps all links of a settlement of five hundred', () => {
    const creations = Array.from({ length: 500 }, (_, n) => ({
      traceId: 'a'.repeat(32),
      spanId: String(n + 1).padStart(16, '0'),
      traceFlags: 1,
    }))
    const endpoint = { clientId: 'worker' }
    settle(
      testKernel(),
      { name: 'ack', destination: { name: 'inbox' }, endpoint, creations, count: 500 },
      () => {},
    )
    const linked = recorder.spans.flatMap(({ links }) => links.map((link) => link.context.spanId))
    expect(linked.toSorted()).toEqual(creations.map(({ spanId }) => spanId))
    for (const { attributes } of recorder.spans) expect(attributes[names.MESSAGING_CLIENT_ID]).toBe('worker')
    expect(recorder.open).toBe(0)
  })

  it.each([
    ['a message that carries a context of its own', {}],
    ['each has a create span', { createSpans: 'always' as const }],
  ])('loses none of three hundred links of a send where %s', (_, options) => {
    const own = (n: number): string => (n + 1).toString(16).padStart(16, '0')
    const headers = (n: number): Record<string, string> =>
      'createSpans' in options ? {} : { traceparent: `00-${'a'.repeat(32)}-${own(n)}-01` }
    const messages = Array.from({ length: 300 }, (_, n) => letter(String(n), headers(n)))
    const operation = { name: 'send', destination: { name: 'inbox' }, batch: true, messages, carrier, facts }
    const sent = send(testKernel(options), operation, (out) => out)
    const travelled = sent.map((message) => (message.headers['traceparent'] ?? '').slice(36, 52))
    const sends = recorder.spans.filter(({ name }) => name === 'send inbox')
    const linked = sends.flatMap(({ links }) => links.map((link) => link.context.spanId))
    expect(linked.toSorted()).toEqual(travelled.toSorted())
    expect(new Set(linked).size).toBe(300)
    expect(new Set(sends.map(({ kind }) => kind))).toEqual(new Set([SpanKind.CLIENT]))
    expect(recorder.open).toBe(0)
  })

  it.each([10, 1])(
    'loses none of fifty links where the SDK was given a limit of %i in code',
    async (limit) => {
      await recorder.shutdown()
      recorder = recordSpans({ spanLimits: { linkCountLimit: limit } })
      const messages = Array.from({ length: 50 }, (_, n) => sendLetters([String(n)])[0] as Letter)
      const sent = recorder.spans.map((span) => span.spanContext().spanId)
      recorder.clear()
      processBatch(testKernel(), { ...delivery, messages, facts }, () => {})
      const linked = recorder.spans.flatMap(({ links }) => links.map((link) => link.context.spanId))
      expect(linked.toSorted()).toEqual(sent.toSorted())
    },
  )

  it('makes no links where the SDK is to keep none', async () => {
    await recorder.shutdown()
    recorder = recordSpans({ spanLimits: { linkCountLimit: 0 } })
    const messages = Array.from({ length: 5 }, (_, n) => sendLetters([String(n)])[0] as Letter)
    recorder.clear()
    processBatch(testKernel(), { ...delivery, messages, facts }, () => {})
    expect(recorder.spans).toHaveLength(1)
  })
})
