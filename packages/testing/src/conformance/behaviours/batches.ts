import { SpanKind, type Attributes } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import { expect } from 'vitest'
import type { OutgoingMessage, TestSession } from '../adapter.ts'
import { needed, type Behaviour } from '../behaviour.ts'
import {
  isBatch,
  isChildOf,
  isCreate,
  isProcess,
  isReceive,
  isSend,
  linksTo,
  startSpan,
  traceparentOf,
} from './spans.ts'

const MANY = 500

function bodies(count: number): OutgoingMessage[] {
  return Array.from({ length: count }, (_, n) => ({ body: `m${n}` }))
}

/** What holds for calls with several messages. */
export const batches: readonly Behaviour[] = [
  {
    name: 'a batch makes a create span a message, and one send span with a link to each',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      await needed(session, 'sendBatch')(bodies(3))
      const creates = await recorder.waitForAll(isCreate, 3)
      const span = await recorder.waitFor(isSend)
      expect(span.kind).toBe(SpanKind.CLIENT)
      expect(span.attributes[names.MESSAGING_BATCH_MESSAGE_COUNT]).toBe(3)
      for (const create of creates) {
        expect(create.kind).toBe(SpanKind.PRODUCER)
        expect(linksTo(span, create.spanContext())).toBe(true)
      }
      const { headers } = await session.readBare()
      expect(creates.map(traceparentOf)).toContain(headers['traceparent'])
    },
  },
  {
    name: 'a batch without create spans is one producer span, whose context all of its messages carry',
    async run({ record, open }) {
      const recorder = record()
      const session = await open({ createSpans: 'never' })
      await needed(session, 'sendBatch')(bodies(3))
      const span = await recorder.waitFor(isSend)
      expect(span.kind).toBe(SpanKind.PRODUCER)
      expect(span.attributes[names.MESSAGING_BATCH_MESSAGE_COUNT]).toBe(3)
      expect(recorder.spans.filter(isCreate)).toHaveLength(0)
      await session.consume(() => undefined)
      for (const handled of await recorder.waitForAll(isProcess, 3)) {
        expect(linksTo(handled, span.spanContext())).toBe(true)
      }
    },
  },
  {
    name: 'a call with several destinations names them on create spans and links, and none on its own span',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      const other = await needed(session, 'sendToTwo')({ body: 'x' })
      const span = await recorder.waitFor(isSend)
      const creates = recorder.spans.filter(isCreate)
      const destinations = [session.destination, other].map((name) => JSON.stringify(name)).toSorted()
      const namesOf = (of: readonly { attributes?: Attributes }[]): string[] =>
        of.map(({ attributes }) => JSON.stringify(attributes?.[names.MESSAGING_DESTINATION_NAME])).toSorted()
      expect(span.attributes).not.toHaveProperty([names.MESSAGING_DESTINATION_NAME])
      expect(namesOf(span.links)).toEqual(destinations)
      expect(namesOf(creates)).toEqual(destinations)
    },
  },
  {
    name: 'a batch is one span without a parent that links to every message; each message has its own below it',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      const consumeBatches = needed(session, 'consumeBatches')
      await needed(session, 'sendBatch')(bodies(3))
      await consumeBatches(async (received, each) => {
        for (const index of received.keys()) {
          await each(index, () => startSpan(`work on ${received[index]?.body}`).end())
        }
      })
      const creates = await recorder.waitForAll(isCreate, 3)
      const singles = await recorder.waitForAll(isProcess, 3)
      await session.close()
      const spans = recorder.spans.filter(isBatch)
      for (const span of spans) expect(span.parentSpanContext).toBeUndefined()
      for (const create of creates) {
        expect(spans.some((span) => linksTo(span, create.spanContext()))).toBe(true)
        const single = singles.find((span) => linksTo(span, create.spanContext()))
        expect(single && spans.some((span) => isChildOf(single, span))).toBe(true)
      }
      const works = recorder.spans.filter((span) => span.name.startsWith('work on'))
      expect(works).toHaveLength(3)
      for (const work of works) expect(singles.some((single) => isChildOf(work, single))).toBe(true)
    },
  },
  {
    name: 'what is handed out together, beyond what an SDK keeps of links, is linked to the last message',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      for (let n = 0; n < MANY; n += 10) await sendAll(session, bodies(10))
      const created = recorder.spans
        .filter((span) => isCreate(span) || (isSend(span) && span.links.length === 0))
        .map((span) => span.spanContext().spanId)
      expect(created).toHaveLength(MANY)
      const handsOut = session.consumeBatches ? isBatch : isReceive
      const linked = (): string[] =>
        recorder.spans.filter(handsOut).flatMap(({ links }) => links.map(({ context }) => context.spanId))
      if (session.consumeBatches) await session.consumeBatches(() => undefined)
      else {
        const receive = needed(session, 'receive')
        let received = 0
        while (received < MANY) received += (await receive()).length
      }
      await expect.poll(() => linked().length).toBe(MANY)
      expect(linked().toSorted()).toEqual(created.toSorted())
      for (const { droppedLinksCount } of recorder.spans) expect(droppedLinksCount).toBe(0)
      expect(Math.max(...recorder.spans.map(counted))).toBeGreaterThan(128)
    },
  },
  {
    name: 'a receive makes one client span, with a link to each message and, for several, their count',
    async run({ adapter, record, open }) {
      const recorder = record()
      const session = await open()
      const receive = needed(session, 'receive')
      for (const message of bodies(3)) await session.send(message)
      const received: string[] = []
      while (received.length < 3) received.push(...(await receive()).map(({ body }) => body))
      const spans = recorder.spans.filter(isReceive)
      for (const span of spans) {
        expect(span.kind).toBe(SpanKind.CLIENT)
        expect(span.attributes[names.MESSAGING_OPERATION_NAME]).toBe(adapter.receiveOperation)
        expect(span.attributes[names.MESSAGING_BATCH_MESSAGE_COUNT] ?? 1).toBe(span.links.length)
      }
      for (const sent of recorder.spans.filter(isSend)) {
        expect(spans.filter((span) => linksTo(span, sent.spanContext()))).toHaveLength(1)
      }
      expect(received.toSorted()).toEqual(['m0', 'm1', 'm2'])
    },
  },
  {
    name: 'what a library fetches ahead, to push it to a handler, makes no receive span',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      await session.consume(() => undefined)
      await session.send({ body: 'x' })
      await recorder.waitFor(isProcess)
      await session.close()
      expect(recorder.spans.filter(isReceive)).toHaveLength(0)
    },
  },
]

/** In one call where the client has one. */
async function sendAll(session: TestSession, outgoing: OutgoingMessage[]): Promise<void> {
  if (session.sendBatch) await session.sendBatch(outgoing)
  else await Promise.all(outgoing.map((message) => session.send(message)))
}

function counted({ attributes }: { attributes: Readonly<Record<string, unknown>> }): number {
  return Number(attributes[names.MESSAGING_BATCH_MESSAGE_COUNT] ?? 0)
}
