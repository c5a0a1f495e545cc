import { context, createContextKey, propagation, SpanKind, trace } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { expect } from 'vitest'
import type { Behaviour, Bench } from '../behaviour.ts'
import { isChildOf, isProcess, isSend, linksTo, named, OWN, OWN_TRACEPARENT, startSpan } from './spans.ts'

const BLUE = propagation.createBaggage({ tenant: { value: 'blue' } })

function tenant(): string | undefined {
  return propagation.getActiveBaggage()?.getEntry('tenant')?.value
}

interface RoundTrip {
  readonly sent: ReadableSpan
  readonly handled: ReadableSpan
  readonly tenant: string | undefined
}

/** Sends a message with baggage, and handles it. */
async function roundTrip({ record, open }: Bench, options: Parameters<Bench['open']>[0]): Promise<RoundTrip> {
  const recorder = record()
  const session = await open(options)
  let seen: string | undefined
  await session.consume(() => {
    seen = tenant()
  })
  const withBaggage = propagation.setBaggage(context.active(), BLUE)
  await context.with(withBaggage, () => session.send({ body: 'x', headers: {} }))
  const handled = await recorder.waitFor(isProcess)
  return { sent: await recorder.waitFor(isSend), handled, tenant: seen }
}

/** Contexts as others write them, and what they all mean. */
const FOREIGN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'B3 in one header': { b3: `${OWN.traceId}-${OWN.spanId}-1` },
  'B3 in several headers': {
    'x-b3-traceid': OWN.traceId,
    'x-b3-spanid': OWN.spanId,
    'x-b3-sampled': '1',
  },
  'X-Ray': {
    'x-amzn-trace-id': `Root=1-${OWN.traceId.slice(0, 8)}-${OWN.traceId.slice(8)};Parent=${OWN.spanId};Sampled=1`,
  },
  Datadog: {
    'x-datadog-trace-id': String(BigInt(`0x${OWN.traceId.slice(16)}`)),
    'x-datadog-parent-id': String(BigInt(`0x${OWN.spanId}`)),
    'x-datadog-sampling-priority': '1',
    'x-datadog-tags': `_dd.p.dm=-1,_dd.p.tid=${OWN.traceId.slice(0, 16)}`,
  },
}

/** How the handling of a message stands to its sending. */
export const relations: readonly Behaviour[] = [
  {
    name: 'a single fresh message is handled in its own trace, by a consumer span that links to the send span',
    async run(bench) {
      const { adapter } = bench
      const { sent, handled } = await roundTrip(bench, {})
      const destination = handled.attributes[names.MESSAGING_DESTINATION_NAME]
      expect(handled.kind).toBe(SpanKind.CONSUMER)
      expect(handled.name).toBe(`${adapter.processOperation} ${String(destination)}`)
      expect(handled.attributes).toMatchObject({
        [names.MESSAGING_SYSTEM_NAME]: adapter.system,
        [names.MESSAGING_OPERATION_NAME]: adapter.processOperation,
        [names.MESSAGING_OPERATION_TYPE]: 'process',
        [names.FLOWSTITCH_RELATION]: 'parent',
        [names.FLOWSTITCH_RELATION_REASON]: 'single',
        [names.FLOWSTITCH_FLOW_ID]: sent.spanContext().traceId,
        [names.FLOWSTITCH_FLOW_HOP]: 1,
      })
      expect(handled.attributes[names.FLOWSTITCH_MESSAGE_DWELL]).toBeGreaterThanOrEqual(0)
      expect(isChildOf(handled, sent)).toBe(true)
      expect(linksTo(handled, sent.spanContext())).toBe(true)
      expect(handled.status.code).toBe(0)
    },
  },
  {
    name: 'relation link starts a new trace with a link, and keeps the flow and the baggage',
    async run(bench) {
      const { sent, handled, tenant: seen } = await roundTrip(bench, { relation: 'link' })
      expect(handled.parentSpanContext).toBeUndefined()
      expect(handled.spanContext().traceId).not.toBe(sent.spanContext().traceId)
      expect(linksTo(handled, sent.spanContext())).toBe(true)
      expect(handled.attributes).toMatchObject({
        [names.FLOWSTITCH_FLOW_ID]: sent.spanContext().traceId,
        [names.FLOWSTITCH_RELATION]: 'link',
        [names.FLOWSTITCH_RELATION_REASON]: 'configured',
      })
      expect(seen).toBe('blue')
    },
  },
  {
    name: 'relation parent continues the trace with parent and link, and keeps the flow and the baggage',
    async run(bench) {
      const { sent, handled, tenant: seen } = await roundTrip(bench, { relation: 'parent' })
      expect(isChildOf(handled, sent)).toBe(true)
      expect(linksTo(handled, sent.spanContext())).toBe(true)
      expect(handled.attributes).toMatchObject({
        [names.FLOWSTITCH_FLOW_ID]: sent.spanContext().traceId,
        [names.FLOWSTITCH_RELATION]: 'parent',
        [names.FLOWSTITCH_RELATION_REASON]: 'configured',
      })
      expect(seen).toBe('blue')
    },
  },
  {
    name: 'the relation may be chosen by destination',
    async run({ record, open }) {
      const recorder = record()
      const asked = new Set<string>()
      const session = await open({
        relation: (destination) => {
          asked.add(destination)
          return 'link'
        },
      })
      await session.consume(() => undefined)
      await session.send({ body: 'x', headers: {} })
      expect((await recorder.waitFor(isProcess)).parentSpanContext).toBeUndefined()
      expect([...asked]).toEqual([session.consumedDestination ?? session.destination])
    },
  },
  {
    name: 'what is active where a message is asked for is linked; what was active when a consumer was started is not',
    async run({ adapter, record, open }) {
      const recorder = record()
      const session = await open()
      const loop = startSpan('loop')
      const key = createContextKey("the user's own")
      const seen: unknown[] = []
      await context.with(trace.setSpan(context.active(), loop).setValue(key, 42), () =>
        session.consume(() => void seen.push(context.active().getValue(key))),
      )
      await session.send({ body: 'x', headers: {} })
      const handled = await recorder.waitFor(isProcess)
      loop.end()
      expect(seen).toEqual([adapter.pulls ? 42 : undefined])
      expect(linksTo(handled, loop.spanContext())).toBe(adapter.pulls)
      expect(handled.parentSpanContext?.spanId).not.toBe(loop.spanContext().spanId)
      expect(isChildOf(handled, await recorder.waitFor(isSend))).toBe(true)
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
        startSpan('work').end()
        if (forwarded) return
        forwarded = true
        await session.send({ body: 'next', headers: {} })
      })
      await session.send({ body: 'first', headers: {} })
      // Clients that do not wait for a handler may end the second first.
      const handled = await recorder.waitForAll(isProcess, 2)
      const [first, second] = handled.toSorted((one, other) => hop(one) - hop(other))
      if (!first || !second) throw new Error('two messages were handled')
      const work = recorder.spans.find(named('work'))
      expect(work && isChildOf(work, first)).toBe(true)
      expect(second.attributes).toMatchObject({
        [names.FLOWSTITCH_FLOW_ID]: first.attributes[names.FLOWSTITCH_FLOW_ID],
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
        startSpan(`work on ${body}`).end()
      })
      for (const body of ['a', 'b', 'c']) await session.send({ body, headers: {} })
      await recorder.waitForAll(isProcess, 3)
      const works = await recorder.waitForAll((span) => span.name.startsWith('work on'), 3)
      expect(new Set(works.map((span) => span.spanContext().traceId)).size).toBe(3)
    },
  },
  ...Object.entries(FOREIGN).map(([format, headers]): Behaviour => ({
    name: `a creation context that was written as ${format} is read`,
    async run({ record, open }) {
      const recorder = record()
      const session = await open()
      await session.consume(() => undefined)
      await session.sendBare({ body: 'x', headers })
      const span = await recorder.waitFor(isProcess)
      expect(linksTo(span, OWN)).toBe(true)
      expect(span.spanContext().traceId).toBe(OWN.traceId)
    },
  })),
  {
    name: 'baggage and trace state that a bare client put on a message reach the handler',
    async run({ record, open }) {
      const recorder = record()
      const session = await open({ relation: 'link' })
      let seen: string | undefined
      await session.consume(() => {
        seen = tenant()
      })
      await session.sendBare({
        body: 'x',
        headers: { traceparent: OWN_TRACEPARENT, tracestate: 'other=1', baggage: 'tenant=blue' },
      })
      const span = await recorder.waitFor(isProcess)
      expect(span.links[0]?.context.traceState?.get('other')).toBe('1')
      expect(seen).toBe('blue')
    },
  },
]

function hop({ attributes }: ReadableSpan): number {
  return Number(attributes[names.FLOWSTITCH_FLOW_HOP])
}
