import { inspect } from 'node:util'
import { context, propagation } from '@opentelemetry/api'
import { expect } from 'vitest'
import { needed, type Behaviour } from '../behaviour.ts'
import type { TestMessage, TestSession } from '../adapter.ts'
import { isCreate, isProcess, isSend, linksTo, traceparentOf } from './spans.ts'

/** Every property of everything that can be reached, however it is hidden. */
function snapshot(value: unknown): string {
  return inspect(value, { depth: 8, showHidden: true, maxArrayLength: null, maxStringLength: null })
}

function messagesOf(session: TestSession, count: number): Promise<TestMessage[]> {
  const messages: TestMessage[] = []
  return new Promise((resolve, reject) => {
    const take = (message: TestMessage): void => {
      if (messages.push(message) === count) resolve(messages)
    }
    session.consume(take).catch(reject)
  })
}

/** What becomes of the objects and headers that are the user's. */
export const messages: readonly Behaviour[] = [
  {
    name: 'H5: frozen messages are sent, and what the user put on them arrives',
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
    name: 'inherited properties and accessors of a message arrive',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      await session.send({ body: 'inherited', headers: { tenant: 'blue' } }, { inherit: true })
      const message = await session.readBare()
      expect(message.body).toBe('inherited')
      const traceparent = traceparentOf(await recorder.waitFor(isSend))
      expect(message.headers).toMatchObject({ tenant: 'blue', traceparent })
    },
  },
  {
    name: 'H5: what the user hands over stays as it was, however often and in however many messages it is sent',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      const prepared = session.prepareShared({ body: 'shared', headers: { tenant: 'blue' } })
      const before = snapshot(prepared.handed)
      await prepared.send()
      await prepared.send()
      expect(snapshot(prepared.handed)).toBe(before)
      const creators = (): typeof recorder.spans =>
        recorder.spans.filter((span) => isCreate(span) || (isSend(span) && span.links.length === 0))
      const handled = messagesOf(session, 4)
      await recorder.waitForAll(isProcess, 4)
      expect((await handled).map(({ body, headers }) => [body, headers['tenant']])).toEqual(
        Array.from({ length: 4 }, () => ['shared', 'blue']),
      )
      expect(creators()).toHaveLength(4)
      for (const creator of creators()) {
        const spans = recorder.spans.filter((span) => isProcess(span) && linksTo(span, creator.spanContext()))
        expect(spans).toHaveLength(1)
      }
    },
  },
  {
    name: 'headers of the user arrive as they are, in number, names and values',
    async run({ record, open }) {
      record()
      const session = await open()
      const own = {
        Tenant: 'blue',
        'x-order.id': '4711',
        letters: 'äß€😀',
        equals: 'a=b; c="d", e',
        long: 'x'.repeat(2000),
        baggage: 'own=1',
      }
      const ambient = propagation.createBaggage({ ambient: { value: '1' } })
      const send = (): Promise<unknown> => session.send({ body: 'x', headers: own })
      await context.with(propagation.setBaggage(context.active(), ambient), send)
      const { headers } = await session.readBare()
      const added = Object.keys(headers).filter((name) => !(name in own))
      expect(headers).toMatchObject(own)
      expect(added.toSorted()).toEqual(['traceparent', 'tracestate'])
    },
  },
  {
    name: 'H4: a message with nine or ten headers of its own carries the context all the same',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      const own = (count: number): Record<string, string> =>
        Object.fromEntries(Array.from({ length: count }, (_, n) => [`own-${n}`, String(n)]))
      const seen: number[] = []
      await session.consume(({ headers }) => {
        seen.push(Object.keys(headers).filter((name) => name.startsWith('own-')).length)
      })
      for (const count of [8, 9, 10]) await session.send({ body: String(count), headers: own(count) })
      const handled = await recorder.waitForAll(isProcess, 3)
      for (const sent of recorder.spans.filter(isSend)) {
        expect(handled.filter((span) => linksTo(span, sent.spanContext()))).toHaveLength(1)
      }
      for (const count of seen) expect([0, 8, 9, 10]).toContain(count)
    },
  },
  {
    name: 'H2, H9: every message that one call sends carries a context of its own, not the first alone',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      const sendBatch = needed(session, 'sendBatch')
      await sendBatch(['a', 'b', 'c'].map((body) => ({ body })))
      const creates = await recorder.waitForAll(isCreate, 3)
      await session.consume(() => undefined)
      const handled = await recorder.waitForAll(isProcess, 3)
      expect(new Set(creates.map(traceparentOf)).size).toBe(3)
      for (const create of creates) {
        expect(handled.filter((span) => linksTo(span, create.spanContext()))).toHaveLength(1)
      }
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
]
