import { context, SpanKind, trace, type TextMapPropagator } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace'
import { expect } from 'vitest'
import type { Behaviour } from './behaviour.ts'
import { brokenSampler } from './broken.ts'
import { isChildOf, isCreate, isSend, linksTo } from './spans.ts'

const OWN = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`

/** What holds when messages are sent. */
export const sending: readonly Behaviour[] = [
  {
    name: 'a send makes one producer span with the names of the conventions',
    async run({ adapter, record, open }) {
      const recorder = record()
      const session = await open()
      await session.send({ body: 'hello', headers: {} })
      const span = await recorder.waitFor(isSend)
      expect(span.kind).toBe(SpanKind.PRODUCER)
      expect(span.name).toBe(`${adapter.sendOperation} ${session.destination}`)
      expect(span.attributes).toMatchObject({
        [names.MESSAGING_SYSTEM_NAME]: adapter.system,
        [names.MESSAGING_OPERATION_NAME]: adapter.sendOperation,
        [names.MESSAGING_DESTINATION_NAME]: session.destination,
      })
      expect(span.attributes[names.MESSAGING_BATCH_MESSAGE_COUNT]).toBeUndefined()
      expect(span.status.code).toBe(0)
      expect(recorder.spans.filter(isSend)).toHaveLength(1)
      expect(span.instrumentationScope.name).toBe(`@flowstitch/${adapter.name}`)
    },
  },
  {
    name: 'a send span is a child of what is active',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      const request = trace.getTracer('test').startSpan('request')
      await context.with(trace.setSpan(context.active(), request), () =>
        session.send({ body: 'x', headers: {} }),
      )
      request.end()
      const span = await recorder.waitFor(isSend)
      expect(span.parentSpanContext?.spanId).toBe(request.spanContext().spanId)
      expect(span.spanContext().traceId).toBe(request.spanContext().traceId)
    },
  },
  {
    name: 'a message carries the send span and the flow',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      await session.send({ body: 'x', headers: {} })
      const { headers } = await session.readBare()
      const { traceId, spanId } = (await recorder.waitFor(isSend)).spanContext()
      expect(headers['traceparent']).toBe(`00-${traceId}-${spanId}-01`)
      expect(headers['tracestate']).toMatch(new RegExp(`^flowstitch=1-${traceId}-[0-9a-z]+-[0-9a-z]+-1$`))
    },
  },
  {
    name: 'frozen messages are sent, and what the user put on them arrives',
    async run({ record, open }) {
      record()
      const session = await open()
      await session.send({ body: 'frozen', headers: { tenant: 'blue' } }, { freeze: true })
      const message = await session.readBare()
      expect(message.body).toBe('frozen')
      expect(message.headers).toMatchObject({ tenant: 'blue', traceparent: expect.any(String) })
    },
  },
  {
    name: "the user's own creation context stays, and the send span links to it",
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      await session.send({ body: 'x', headers: { traceparent: OWN } })
      expect((await session.readBare()).headers['traceparent']).toBe(OWN)
      const span = await recorder.waitFor(isSend)
      expect(span.kind).toBe(SpanKind.CLIENT)
      expect(linksTo(span, { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 })).toBe(true)
    },
  },
  {
    name: 'a batch makes a create span a message, and one send span with a link to each',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      if (!session.sendBatch) throw new Error('the adapter sends no batches: skip this behaviour and say why')
      await session.sendBatch([0, 1, 2].map((n) => ({ body: `m${n}`, headers: {} })))
      const creates = await recorder.waitForAll(isCreate, 3)
      const span = await recorder.waitFor(isSend)
      expect(span.kind).toBe(SpanKind.CLIENT)
      expect(span.attributes[names.MESSAGING_BATCH_MESSAGE_COUNT]).toBe(3)
      for (const create of creates) {
        expect(create.kind).toBe(SpanKind.PRODUCER)
        expect(linksTo(span, create.spanContext())).toBe(true)
      }
      const carried = (await session.readBare()).headers['traceparent']
      expect(
        creates.map((create) => `00-${create.spanContext().traceId}-${create.spanContext().spanId}-01`),
      ).toContain(carried)
    },
  },
  {
    name: 'without an SDK the message is the one that was sent, and there is no span',
    async run({ open }) {
      const session = await open()
      await session.send({ body: 'bare', headers: { tenant: 'blue' } })
      const { body, headers } = await session.readBare()
      expect(body).toBe('bare')
      expect(headers).toEqual({ tenant: 'blue' })
    },
  },
  {
    name: 'a trace that is not sampled still travels, marked as such',
    async run({ record, open }) {
      const recorder = record({ sampler: new AlwaysOffSampler() })
      const session = await open()
      await session.send({ body: 'x', headers: {} })
      expect((await session.readBare()).headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
      expect(recorder.spans).toHaveLength(0)
    },
  },
  {
    name: 'a propagator that throws loses no message',
    async run({ record, open }) {
      record({ propagator: brokenPropagator })
      const session = await open()
      await session.send({ body: 'still sent', headers: {} })
      expect((await session.readBare()).body).toBe('still sent')
    },
  },
  {
    name: 'a sampler that throws loses no message',
    async run({ record, open }) {
      record({ sampler: brokenSampler })
      const session = await open()
      await session.send({ body: 'still sent', headers: { tenant: 'blue' } })
      const { body, headers } = await session.readBare()
      expect(body).toBe('still sent')
      expect(headers).toMatchObject({ tenant: 'blue' })
    },
  },
  {
    name: 'hooks that throw harm nothing',
    async run({ record, open }) {
      const recorder = record()
      const session = await open({ onSend: boom, ignore: boom, destinationTemplate: boom, relation: boom })
      await session.send({ body: 'x', headers: {} })
      expect((await session.readBare()).body).toBe('x')
      await recorder.waitFor(isSend)
    },
  },
  {
    name: 'an ignored destination is left alone',
    async run({ record, open }) {
      const recorder = record()
      const session = await open({ ignore: () => true })
      await session.send({ body: 'x', headers: { tenant: 'blue' } })
      expect((await session.readBare()).headers).toEqual({ tenant: 'blue' })
      expect(recorder.spans.filter(isSend)).toHaveLength(0)
    },
  },
  {
    name: 'instrumenting twice traces once',
    async run({ record, openTwice }) {
      const recorder = record()
      const session = await openTwice()
      const request = trace.getTracer('test').startSpan('request')
      await context.with(trace.setSpan(context.active(), request), () =>
        session.send({ body: 'x', headers: {} }),
      )
      request.end()
      const ended = await recorder.waitFor((span) => span.name === 'request')
      expect(recorder.spans.filter(isSend)).toHaveLength(1)
      expect(isChildOf(await recorder.waitFor(isSend), ended)).toBe(true)
    },
  },
]

function boom(): never {
  throw new Error('hook')
}

const brokenPropagator: TextMapPropagator = {
  inject() {
    throw new Error('inject')
  },
  extract() {
    throw new Error('extract')
  },
  fields: () => [],
}
