import { SpanKind } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import { expect } from 'vitest'
import { needed, type Behaviour } from '../behaviour.ts'
import { isChildOf, isProcess, isSend, isSettle, linksTo } from './spans.ts'

/** What becomes of messages after, or instead of, their handling. */
export const settling: readonly Behaviour[] = [
  {
    name: 'a message that its handler settles has a client span for that below its own, which says how it was settled',
    async run({ adapter, record, open }) {
      const recorder = record()
      const session = await open()
      await session.consume(async (_, settle) => void (await settle()), { settlement: 'within' })
      await session.send({ body: 'x' })
      const handled = await recorder.waitFor(isProcess)
      const settled = await recorder.waitFor(isSettle)
      const sent = await recorder.waitFor(isSend)
      expect(settled.kind).toBe(SpanKind.CLIENT)
      expect(settled.attributes).toMatchObject({
        [names.MESSAGING_OPERATION_NAME]: adapter.settleOperation,
        [names.MESSAGING_DESTINATION_NAME]: handled.attributes[names.MESSAGING_DESTINATION_NAME],
      })
      expect(isChildOf(settled, handled)).toBe(true)
      expect(linksTo(settled, sent.spanContext())).toBe(true)
      expect(handled.attributes[names.FLOWSTITCH_SETTLEMENT]).toBe(adapter.settlement)
    },
  },
  {
    name: 'a message that is settled after its handler has a client span for that, with a link to the message',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      await session.consume(() => undefined)
      await session.send({ body: 'x' })
      await recorder.waitFor(isProcess)
      const sent = await recorder.waitFor(isSend)
      const settled = await recorder.waitFor(isSettle)
      expect(settled.kind).toBe(SpanKind.CLIENT)
      expect(linksTo(settled, sent.spanContext())).toBe(true)
    },
  },
  {
    name: 'a message that is settled without any call is handled in a span that ends with its handler',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      await session.consume(() => undefined, { settlement: 'automatically' })
      await session.send({ body: 'x' })
      const handled = await recorder.waitFor(isProcess)
      expect(handled.status.code).toBe(0)
      await session.close()
      expect(recorder.spans.filter(isProcess)).toHaveLength(1)
      expect(recorder.open).toBe(0)
    },
  },
  {
    name: 'a message that is never settled leaves no span open once its client is closed',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      const { promise: handled, resolve } = Promise.withResolvers<void>()
      await session.consume(() => resolve(), { settlement: 'never' })
      await session.send({ body: 'x' })
      await handled
      await session.close()
      await recorder.waitFor(isProcess)
      expect(recorder.spans.filter(isSettle)).toHaveLength(0)
      expect(recorder.open).toBe(0)
    },
  },
  {
    name: 'settlements have no spans where the user wants none',
    async run({ adapter, record, open }) {
      const recorder = record()
      const session = await open({ settleSpans: false })
      await session.consume(async (_, settle) => void (await settle()), { settlement: 'within' })
      await session.send({ body: 'x' })
      const handled = await recorder.waitFor(isProcess)
      await session.close()
      expect(recorder.spans.filter(isSettle)).toHaveLength(0)
      expect(handled.attributes[names.FLOWSTITCH_SETTLEMENT]).toBe(adapter.settlement)
    },
  },
  {
    name: 'a message that comes again is the next attempt, in a trace of its own with a link',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      let count = 0
      await session.consume(
        () => {
          count++
          if (count === 1) throw new Error('not yet')
        },
        { redeliver: true },
      )
      await session.send({ body: 'x' })
      const [first, second] = await recorder.waitForAll(isProcess, 2)
      const sent = await recorder.waitFor(isSend)
      expect(first?.attributes[names.FLOWSTITCH_MESSAGE_ATTEMPT] ?? 1).toBe(1)
      expect(first?.attributes[names.FLOWSTITCH_RELATION_REASON]).toBe('single')
      expect(second?.attributes).toMatchObject({
        [names.FLOWSTITCH_MESSAGE_ATTEMPT]: 2,
        [names.FLOWSTITCH_RELATION]: 'link',
        [names.FLOWSTITCH_RELATION_REASON]: 'redelivery',
        [names.FLOWSTITCH_FLOW_ID]: sent.spanContext().traceId,
      })
      expect(second?.parentSpanContext).toBeUndefined()
      expect(second && linksTo(second, sent.spanContext())).toBe(true)
      expect(second?.attributes).not.toHaveProperty([names.FLOWSTITCH_MESSAGE_DWELL])
      expect(second?.attributes[names.FLOWSTITCH_MESSAGE_AGE]).toBeGreaterThanOrEqual(0)
    },
  },
  {
    name: 'a dead letter says where it came from and why, in a trace of its own with a link',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      const consumeDeadLetter = needed(session, 'consumeDeadLetter')
      const { promise: handled, resolve } = Promise.withResolvers<void>()
      await session.send({ body: 'x' })
      const expected = await consumeDeadLetter(() => resolve())
      await handled
      const span = await recorder.waitFor(
        (one) => isProcess(one) && one.attributes[names.FLOWSTITCH_RELATION_REASON] === 'dead-letter',
      )
      const sent = await recorder.waitFor(isSend)
      expect(span.attributes[names.FLOWSTITCH_DEAD_LETTER_SOURCE]).toBe(expected.source)
      expect(span.attributes[names.FLOWSTITCH_DEAD_LETTER_REASON]).toBe(expected.reason)
      expect(span.attributes[names.FLOWSTITCH_FLOW_ID]).toBe(sent.spanContext().traceId)
      expect(span.parentSpanContext).toBeUndefined()
      expect(linksTo(span, sent.spanContext())).toBe(true)
    },
  },
]
