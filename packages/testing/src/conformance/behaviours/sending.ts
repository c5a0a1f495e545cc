import { context, createTraceState, propagation, SpanKind, trace } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import { AlwaysOffSampler, type ReadableSpan } from '@opentelemetry/sdk-trace'
import { expect } from 'vitest'
import { needed, type Behaviour } from '../behaviour.ts'
import { NotingSampler } from './samplers.ts'
import {
  failed,
  isCreate,
  isProcess,
  isSend,
  linksTo,
  OWN,
  OWN_TRACEPARENT,
  startSpan,
  traceparentOf,
} from './spans.ts'

/** Messaging spans: what SHOULD be provided at the time of the span's creation. */
const SAMPLED_BY = [
  names.MESSAGING_SYSTEM_NAME,
  names.MESSAGING_OPERATION_NAME,
  names.MESSAGING_OPERATION_TYPE,
  names.MESSAGING_DESTINATION_NAME,
  names.MESSAGING_DESTINATION_TEMPLATE,
  names.MESSAGING_CONSUMER_GROUP_NAME,
  names.SERVER_ADDRESS,
  names.SERVER_PORT,
]

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
        [names.MESSAGING_OPERATION_TYPE]: 'send',
        [names.MESSAGING_DESTINATION_NAME]: session.destination,
      })
      expect(span.attributes[names.MESSAGING_BATCH_MESSAGE_COUNT]).toBeUndefined()
      expect(span.status.code).toBe(0)
      expect(recorder.spans.filter((one) => isSend(one) || isCreate(one))).toHaveLength(1)
      expect(span.instrumentationScope).toMatchObject({
        name: `@flowstitch/${adapter.name}`,
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        schemaUrl: names.SCHEMA_URL,
      })
    },
  },
  {
    name: 'a send span is a child of what is active',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      const request = startSpan('request')
      await context.with(trace.setSpan(context.active(), request), () => session.send({ body: 'x' }))
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
      const span = await recorder.waitFor(isSend)
      const { traceId } = span.spanContext()
      expect(headers['traceparent']).toBe(traceparentOf(span))
      expect(headers['tracestate']).toMatch(new RegExp(`^flowstitch=1-${traceId}-[0-9a-z]+-[0-9a-z]+-1$`))
    },
  },
  {
    name: "a message carries what the global propagator writes beside, and other systems' trace state",
    async run({ record, open }) {
      record()
      const session = await open()
      const origin = { ...OWN, isRemote: true, traceState: createTraceState('other=1') }
      const baggage = propagation.createBaggage({ tenant: { value: 'blue' } })
      const active = propagation.setBaggage(trace.setSpanContext(context.active(), origin), baggage)
      await context.with(active, () => session.send({ body: 'x', headers: {} }))
      const { headers } = await session.readBare()
      expect(headers['traceparent']).toContain(OWN.traceId)
      expect(headers['tracestate']).toMatch(/^flowstitch=1-[0-9a-z-]+,other=1$/)
      expect(headers['baggage']).toBe('tenant=blue')
    },
  },
  {
    name: 'H3: a message without any headers of its own carries the context',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      await session.send({ body: 'plain' })
      const { body, headers } = await session.readBare()
      expect(body).toBe('plain')
      expect(headers['traceparent']).toBe(traceparentOf(await recorder.waitFor(isSend)))
    },
  },
  {
    name: "the user's own creation context stays, and the send span links to it",
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      await session.send({ body: 'x', headers: { traceparent: OWN_TRACEPARENT } })
      expect((await session.readBare()).headers['traceparent']).toBe(OWN_TRACEPARENT)
      const span = await recorder.waitFor(isSend)
      expect(span.kind).toBe(SpanKind.CLIENT)
      expect(linksTo(span, OWN)).toBe(true)
      expect(recorder.spans.filter(isCreate)).toHaveLength(0)
    },
  },
  {
    name: 'a trace that is not sampled still travels, marked as such',
    async run({ record, open }) {
      const recorder = record({ sampler: new AlwaysOffSampler() })
      const session = await open()
      await session.send({ body: 'x', headers: {} })
      const { headers } = await session.readBare()
      expect(headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
      expect(headers['tracestate']).toMatch(/^flowstitch=1-/)
      expect(recorder.spans).toHaveLength(0)
    },
  },
  {
    name: 'H7: a send that is refused fails with the error of the bare client, and so does its span',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      const [bare, instrumented] = [
        await refusal(session.sendRefused('bare')),
        await refusal(session.sendRefused('instrumented')),
      ]
      expect(instrumented.constructor.name).toBe(bare.constructor.name)
      expect(instrumented.message).toBe(bare.message)
      const span = await recorder.waitFor(isSend)
      expect(failed(span)).toBe(true)
      expect(span.attributes[names.ERROR_TYPE]).toMatch(/^[\w.-]+$/)
      expect(span.status.message).toBeTruthy()
      expect(recorder.open).toBe(0)
    },
  },
  {
    name: 'names of temporary destinations are in no span name',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      const name = await needed(session, 'useTemporary')()
      const ofIt = ({ attributes }: ReadableSpan): boolean =>
        String(attributes[names.MESSAGING_DESTINATION_NAME]).includes(name)
      await recorder.waitFor((span) => isSend(span) && ofIt(span))
      await session.close()
      for (const span of recorder.spans.filter(ofIt)) {
        expect(span.attributes[names.MESSAGING_DESTINATION_TEMPORARY]).toBe(true)
        expect(span.name).not.toContain(name)
      }
    },
  },
  {
    name: 'a tombstone is marked as such, and nothing else is',
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      await session.consume(() => undefined)
      await needed(session, 'sendTombstone')()
      await session.send({ body: 'x' })
      for (const type of [isSend, isProcess]) {
        const spans = await recorder.waitForAll(type, 2)
        expect(spans.map(({ attributes }) => attributes[names.KAFKA_MESSAGE_TOMBSTONE])).toEqual([
          true,
          undefined,
        ])
      }
    },
  },
  {
    name: 'samplers are given the attributes and links that the conventions want them to have',
    async run({ record, open }) {
      const sampler = new NotingSampler()
      const recorder = record({ sampler })
      const session = await open()
      await session.consume(() => undefined)
      await session.send({ body: 'x', headers: { traceparent: OWN_TRACEPARENT } })
      const handled = await recorder.waitFor((span) => linksTo(span, OWN) && !isSend(span))
      const sent = await recorder.waitFor(isSend)
      for (const span of [sent, handled]) {
        const asked = sampler.asked.find(({ name }) => name === span.name)
        expect(asked?.links.map(({ context: { spanId } }) => spanId)).toContain(OWN.spanId)
        const known = SAMPLED_BY.filter((name) => name in span.attributes)
        expect(known.length).toBeGreaterThanOrEqual(4)
        expect(Object.keys(asked?.attributes ?? {})).toEqual(expect.arrayContaining(known))
      }
    },
  },
]

async function refusal(sending: Promise<unknown>): Promise<Error> {
  try {
    await sending
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was refused')
}
