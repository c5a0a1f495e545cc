import { context, propagation, SpanKind, trace } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import { BatchSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace'
import { expect } from 'vitest'
import type { Behaviour } from './behaviour.ts'
import { brokenSampler, HangingExporter } from './broken.ts'
import { failed, isBatch, isChildOf, isCreate, isProcess, isSend, linksTo, named } from './spans.ts'

const OWN = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`

const tracer = { start: (name: string) => trace.getTracer('test').startSpan(name) }

/** What holds when messages are handled. */
export const processing: readonly Behaviour[] = [
  {
    name: 'a single fresh message is handled in its own trace, by a consumer span that links to the send span',
    async run({ adapter, record, open }) {
      const recorder = record()
      const session = await open()
      await session.consume(() => undefined)
      await session.send({ body: 'x', headers: {} })
      const span = await recorder.waitFor(isProcess)
      const sent = await recorder.waitFor(isSend)
      const destination = session.consumedDestination ?? session.destination
      expect(span.kind).toBe(SpanKind.CONSUMER)
      expect(span.name).toBe(`${adapter.processOperation} ${destination}`)
      expect(span.attributes).toMatchObject({
        [names.MESSAGING_SYSTEM_NAME]: adapter.system,
        [names.MESSAGING_DESTINATION_NAME]: destination,
        [names.FLOWSTITCH_RELATION]: 'parent',
        [names.FLOWSTITCH_RELATION_REASON]: 'single',
        [names.FLOWSTITCH_FLOW_ID]: sent.spanContext().traceId,
        [names.FLOWSTITCH_FLOW_HOP]: 1,
      })
      expect(span.attributes[names.FLOWSTITCH_MESSAGE_DWELL]).toBeGreaterThanOrEqual(0)
      expect(isChildOf(span, sent)).toBe(true)
      expect(linksTo(span, sent.spanContext())).toBe(true)
      expect(span.status.code).toBe(0)
    },
  },
  {
    name: 'relation link starts a new trace with a link, and keeps the flow and the baggage',
    async run({ record, open }) {
      const recorder = record()
      const session = await open({ relation: 'link' })
      let seen: string | undefined
      await session.consume(() => {
        seen = propagation.getActiveBaggage()?.getEntry('tenant')?.value
      })
      const withBaggage = propagation.setBaggage(
        context.active(),
        propagation.createBaggage({ tenant: { value: 'blue' } }),
      )
      await context.with(withBaggage, () => session.send({ body: 'x', headers: {} }))
      const span = await recorder.waitFor(isProcess)
      const sent = await recorder.waitFor(isSend)
      expect(span.parentSpanContext).toBeUndefined()
      expect(span.spanContext().traceId).not.toBe(sent.spanContext().traceId)
      expect(linksTo(span, sent.spanContext())).toBe(true)
      expect(span.attributes[names.FLOWSTITCH_FLOW_ID]).toBe(sent.spanContext().traceId)
      expect(seen).toBe('blue')
    },
  },
  {
    name: "the handler runs in its message's context, and what it sends goes on with the flow",
    async run({ record, open }) {
      const recorder = record()
      const session = await open({ relation: 'link' })
      let forwarded = false
      await session.consume(async () => {
        await Promise.resolve()
        tracer.start('work').end()
        if (forwarded) return
        forwarded = true
        await session.send({ body: 'next', headers: {} })
      })
      await session.send({ body: 'first', headers: {} })
      // Clients that do not wait for a handler may end the second first.
      const handled = await recorder.waitForAll(isProcess, 2)
      const [first, second] = handled.toSorted((one, other) => hop(one) - hop(other))
      if (!first || !second) throw new Error('two messages were handled')
      const origin = first.attributes[names.FLOWSTITCH_FLOW_ID]
      const work = recorder.spans.find(named('work'))
      expect(work && isChildOf(work, first)).toBe(true)
      expect(second.attributes).toMatchObject({
        [names.FLOWSTITCH_FLOW_ID]: origin,
        [names.FLOWSTITCH_FLOW_HOP]: 2,
      })
    },
  },
  {
    name: 'the context of one message does not reach into the next',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      await session.consume(async ({ body }) => {
        await Promise.resolve()
        tracer.start(`work on ${body}`).end()
      })
      for (const body of ['a', 'b', 'c']) await session.send({ body, headers: {} })
      await recorder.waitForAll(isProcess, 3)
      const works = await recorder.waitForAll((span) => span.name.startsWith('work on'), 3)
      expect(new Set(works.map((span) => span.spanContext().traceId)).size).toBe(3)
    },
  },
  {
    name: 'the span ends with the work of an asynchronous handler',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      const { promise: released, resolve: release } = Promise.withResolvers<void>()
      await session.consume(async () => {
        tracer.start('begun').end()
        await released
        tracer.start('done').end()
      })
      await session.send({ body: 'x', headers: {} })
      await recorder.waitFor(named('begun'))
      expect(recorder.spans.filter(isProcess)).toHaveLength(0)
      release()
      await recorder.waitFor(isProcess)
      expect(recorder.spans.findIndex(named('done'))).toBeLessThan(recorder.spans.findIndex(isProcess))
    },
  },
  ...[
    { what: 'rejects', handler: () => Promise.reject(new TypeError('boom')), type: 'TypeError' },
    {
      what: 'throws at once',
      handler: () => {
        throw new RangeError('boom')
      },
      type: 'RangeError',
    },
    // oxlint-disable-next-line prefer-promise-reject-errors -- users throw anything
    { what: 'throws what is no error', handler: () => Promise.reject('boom'), type: '_OTHER' },
  ].map(({ what, handler, type }): Behaviour => ({
    name: `a handler that ${what} makes a failed span`,
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      await session.consume(handler)
      await session.send({ body: 'x', headers: {} })
      const span = await recorder.waitFor(isProcess)
      expect(failed(span)).toBe(true)
      expect(span.attributes[names.ERROR_TYPE]).toBe(type)
      expect(span.status.message).toBe('boom')
    },
  })),
  {
    name: 'garbage in the headers is no context, and the message is handled',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      const bodies: string[] = []
      await session.consume(({ body }) => void bodies.push(body))
      const hostile = [
        '',
        '00',
        '00-xyz',
        `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`,
        `ff-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
        '\u{1f600}'.repeat(50),
      ]
      for (const [index, traceparent] of hostile.entries()) {
        if (traceparent === '') await session.sendBare({ body: String(index), headers: {} })
        else await session.sendBare({ body: String(index), headers: { traceparent, tracestate: ',,==;' } })
      }
      const spans = await recorder.waitForAll(isProcess, hostile.length)
      expect(bodies.toSorted()).toEqual(hostile.map((_, index) => String(index)))
      for (const span of spans) {
        expect(span.parentSpanContext).toBeUndefined()
        expect(span.links).toHaveLength(0)
        expect(span.attributes[names.FLOWSTITCH_RELATION_REASON]).toBe('no-context')
      }
    },
  },
  {
    name: 'a sampler that throws keeps no message from its handler, nor the baggage that it came with',
    async run({ record, open }) {
      record({ sampler: brokenSampler })
      const session = await open()
      const { promise: tenant, resolve } = Promise.withResolvers<string | undefined>()
      await session.consume(() => resolve(propagation.getActiveBaggage()?.getEntry('tenant')?.value))
      await session.sendBare({ body: 'x', headers: { traceparent: OWN, baggage: 'tenant=blue' } })
      expect(await tenant).toBe('blue')
    },
  },
  {
    name: 'an exporter that hangs holds up no send and no handler',
    async run({ record, open }) {
      const exporter = new HangingExporter()
      const processor = new BatchSpanProcessor({
        exporter,
        scheduledDelayMillis: 10,
        maxQueueSize: 4,
        maxExportBatchSize: 2,
      })
      const recorder = record({ processors: [processor] })
      const session = await open()
      await session.consume(() => undefined)
      try {
        await session.send({ body: 'first', headers: {} })
        await expect.poll(() => exporter.hangs).toBe(true)
        for (let n = 1; n < 10; n++) await session.send({ body: String(n), headers: {} })
        expect(await recorder.waitForAll(isProcess, 10)).toHaveLength(10)
        expect(exporter.hangs).toBe(true)
      } finally {
        exporter.release()
      }
    },
  },
  {
    name: 'a batch is one span without a parent that links to every message; each message has its own below it',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      if (!session.consumeBatches || !session.sendBatch) {
        throw new Error('the adapter handles no batches: skip this behaviour and say why')
      }
      await session.sendBatch([0, 1, 2].map((n) => ({ body: `m${n}`, headers: {} })))
      await session.consumeBatches(async (messages, each) => {
        for (const index of messages.keys()) {
          await each(index, () => tracer.start(`work on ${messages[index]?.body}`).end())
        }
      })
      const creates = await recorder.waitForAll(isCreate, 3)
      const singles = await recorder.waitForAll(isProcess, 3)
      await session.close()
      const batches = recorder.spans.filter(isBatch)
      for (const batch of batches) expect(batch.parentSpanContext).toBeUndefined()
      for (const create of creates) {
        expect(batches.some((batch) => linksTo(batch, create.spanContext()))).toBe(true)
        const single = singles.find((span) => linksTo(span, create.spanContext()))
        expect(single && batches.some((batch) => isChildOf(single, batch))).toBe(true)
      }
      const works = recorder.spans.filter((span) => span.name.startsWith('work on'))
      expect(works).toHaveLength(3)
      for (const work of works) expect(singles.some((single) => isChildOf(work, single))).toBe(true)
    },
  },
  {
    name: 'every span that is started is ended',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      let count = 0
      await session.consume(() => {
        count++
        if (count % 5 === 0) throw new Error('every fifth fails')
      })
      for (let n = 0; n < 20; n++) await session.send({ body: String(n), headers: {} })
      await recorder.waitForAll(isProcess, 20)
      await session.close()
      expect(recorder.open).toBe(0)
    },
  },
]

function hop({ attributes }: ReadableSpan): number {
  return Number(attributes[names.FLOWSTITCH_FLOW_HOP])
}
