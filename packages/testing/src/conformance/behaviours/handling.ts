import {
  baggageEntryMetadataFromString,
  context,
  logs,
  propagation,
  trace,
  type LogRecord,
} from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import { expect } from 'vitest'
import type { Behaviour } from '../behaviour.ts'
import { failed, isProcess, named, OWN_TRACEPARENT, startSpan } from './spans.ts'

const FAILURES = [
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
]

const HOSTILE = [
  '',
  '00',
  '00-xyz',
  `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`,
  `ff-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  '\u{1f600}'.repeat(50),
]

/** What holds while messages are handled. */
export const handling: readonly Behaviour[] = [
  {
    name: 'H8: the span ends with the work of an asynchronous handler',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      const { promise: released, resolve: release } = Promise.withResolvers<void>()
      await session.consume(async () => {
        startSpan('begun').end()
        await released
        startSpan('done').end()
      })
      await session.send({ body: 'x', headers: {} })
      await recorder.waitFor(named('begun'))
      expect(recorder.spans.filter(isProcess)).toHaveLength(0)
      release()
      await recorder.waitFor(isProcess)
      expect(recorder.spans.findIndex(named('done'))).toBeLessThan(recorder.spans.findIndex(isProcess))
    },
  },
  {
    name: 'H1: the client waits for an asynchronous handler before it hands out the next message',
    async run({ record, open }) {
      record()
      const session = await open()
      const steps: string[] = []
      const all = Promise.withResolvers<void>()
      await session.consume(async ({ body }) => {
        steps.push(`${body} begun`)
        await new Promise((resolve) => setTimeout(resolve, 30))
        steps.push(`${body} done`)
        if (steps.length === 4) all.resolve()
      })
      await session.send({ body: 'a' })
      await session.send({ body: 'b' })
      await all.promise
      expect(steps).toEqual(['a begun', 'a done', 'b begun', 'b done'])
    },
  },
  ...FAILURES.map(({ what, handler, type }): Behaviour => ({
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
    name: 'an exception is told as a log record, in the span that failed',
    async run({ record, open }) {
      const recorder = record()
      const told: LogRecord[] = []
      logs.setGlobalLoggerProvider({
        getLogger: () => ({ emit: (one) => told.push(one), enabled: () => true }),
      })
      const session = await open()
      await session.consume(() => Promise.reject(new RangeError('boom')))
      await session.send({ body: 'x' })
      const span = await recorder.waitFor(isProcess)
      await session.close()
      logs.disable()
      const own = told.filter(({ eventName }) => eventName === 'messaging.process.exception')
      const inSpan = own.filter(
        (one) => one.context && trace.getSpanContext(one.context)?.spanId === span.spanContext().spanId,
      )
      expect(inSpan).toHaveLength(1)
      expect(inSpan[0]).toMatchObject({
        severityNumber: 17,
        attributes: { 'exception.type': 'RangeError', 'exception.message': 'boom' },
      })
    },
  },
  {
    name: 'an error that the handler has dealt with is none of its span',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      await session.consume(async () => {
        await Promise.reject(new Error('dealt with')).catch(() => undefined)
      })
      await session.send({ body: 'x', headers: {} })
      const span = await recorder.waitFor(isProcess)
      expect(span.status.code).toBe(0)
      expect(span.attributes).not.toHaveProperty([names.ERROR_TYPE])
      expect(span.events).toHaveLength(0)
    },
  },
  {
    name: 'H6: garbage in the headers is no context, and the message is handled',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      const bodies: string[] = []
      await session.consume(({ body }) => void bodies.push(body))
      for (const [index, traceparent] of HOSTILE.entries()) {
        if (traceparent === '') await session.sendBare({ body: String(index), headers: {} })
        else await session.sendBare({ body: String(index), headers: { traceparent, tracestate: ',,==;' } })
      }
      const spans = await recorder.waitForAll(isProcess, HOSTILE.length)
      expect(bodies.toSorted()).toEqual(HOSTILE.map((_, index) => String(index)))
      for (const span of spans) {
        expect(span.parentSpanContext).toBeUndefined()
        expect(span.links).toHaveLength(0)
        expect(span.attributes[names.FLOWSTITCH_RELATION_REASON]).toBe('no-context')
      }
    },
  },
  {
    name: 'H6: garbage in the headers of other systems is no context either',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      await session.consume(() => undefined)
      const garbage = {
        b3: '0',
        'x-b3-traceid': 'no-trace',
        'x-b3-spanid': '0'.repeat(16),
        'x-datadog-trace-id': '99999999999999999999',
        'x-datadog-parent-id': '-1',
        baggage: '%,=,;;%E0%A4%A',
      }
      await session.sendBare({ body: 'x', headers: garbage })
      const span = await recorder.waitFor(isProcess)
      expect(span.links).toHaveLength(0)
      expect(span.parentSpanContext).toBeUndefined()
    },
  },
  {
    name: 'H6: baggage that no header can carry breaks no send, and what can be carried is',
    async run({ record, open }) {
      record()
      const session = await open()
      const hostile = baggageEntryMetadataFromString('\u0000\r\n\u0007\u{1f600}')
      const baggage = propagation.createBaggage({
        tenant: { value: 'blue' },
        broken: { value: '1', metadata: hostile },
      })
      const send = (): Promise<unknown> => session.send({ body: 'x' })
      await context.with(propagation.setBaggage(context.active(), baggage), send)
      const { body, headers } = await session.readBare()
      expect(body).toBe('x')
      expect(headers['baggage']).toBe('tenant=blue')
      expect(headers['traceparent']).toMatch(/^00-/)
    },
  },
  {
    name: 'without an SDK messages are handled in no context',
    async run({ open }) {
      const session = await open()
      const { promise, resolve } = Promise.withResolvers<unknown[]>()
      await session.consume((message) => {
        const { body, headers } = message
        resolve([body, headers['tenant'], trace.getActiveSpan()])
      })
      await session.sendBare({ body: 'x', headers: { tenant: 'blue', traceparent: OWN_TRACEPARENT } })
      expect(await promise).toEqual(['x', 'blue', undefined])
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
