import { hold } from '@flowstitch/fuzz'
import { context, isSpanContextValid, propagation, trace, type TextMapPropagator } from '@opentelemetry/api'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { processBatch } from '../src/kernel/batch.ts'
import { process } from '../src/kernel/process.ts'
import { send } from '../src/kernel/send.ts'
import type { ReadCarrier } from '../src/model/carrier.ts'
import { flowOfSpanContext } from '../src/propagation/flow-context.ts'
import { creationContext, extract } from '../src/propagation/propagation.ts'
import { B3Propagator, BrokenPropagator } from './propagators.ts'
import { delivery, letter, carrier as letters, testKernel, type Letter } from './support.ts'

type Headers = Record<string, string | string[]>

const carrier: ReadCarrier<Headers> = {
  get: (headers, name) => headers[name],
  names: (headers) => Object.keys(headers),
}
const TRACE = 'a'.repeat(32)
const VALID = `00-${TRACE}-${'b'.repeat(16)}-01`

describe('what a message brings along', () => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordSpans()
  })
  afterEach(() => recorder.shutdown())

  it('is its creation context and its baggage', () => {
    const extracted = extract(carrier, { traceparent: VALID, tracestate: 'a=1', baggage: 'tenant=blue' })
    expect(extracted.creation).toMatchObject({ traceId: TRACE, isRemote: true })
    expect(extracted.creation?.traceState?.get('a')).toBe('1')
    expect(propagation.getBaggage(extracted.base)?.getEntry('tenant')?.value).toBe('blue')
  })

  it('is of the baggage only what can travel on, in whatever protocol', () => {
    const baggage = 'tenant=blue,broken=1;\u0000\r\n,smile=\u{1f600},region=north;tier=1'
    const entries = propagation
      .getBaggage(extract(carrier, { traceparent: VALID, baggage }).base)
      ?.getAllEntries()
    expect(entries?.map(([name]) => name)).toEqual(['tenant', 'region'])
  })

  it('counts the first of several traceparents, and all of the tracestates', () => {
    const spanContext = creationContext(carrier, {
      traceparent: [VALID, `00-${'c'.repeat(32)}-${'d'.repeat(16)}-00`],
      tracestate: ['a=1', 'b=2'],
    })
    expect(spanContext?.traceId).toBe(TRACE)
    expect(spanContext?.traceState?.serialize()).toBe('a=1,b=2')
  })

  it('accepts a later version with fields unknown today', () => {
    expect(creationContext(carrier, { traceparent: `42-${TRACE}-${'b'.repeat(16)}-01-more` })?.traceId).toBe(
      TRACE,
    )
    expect(creationContext(carrier, { traceparent: `${VALID}-more` })).toBeUndefined()
  })

  it.each([
    ['B3', { b3: `${TRACE}-${'b'.repeat(16)}-1` }],
    ['B3 in several headers', { 'x-b3-traceid': TRACE, 'x-b3-spanid': 'b'.repeat(16), 'x-b3-sampled': '1' }],
    ['X-Ray', { 'x-amzn-trace-id': `Root=1-aaaaaaaa-${'a'.repeat(24)};Parent=${'b'.repeat(16)};Sampled=1` }],
    [
      'Datadog',
      {
        'x-datadog-trace-id': String(BigInt(`0x${'a'.repeat(16)}`)),
        'x-datadog-parent-id': String(BigInt(`0x${'b'.repeat(16)}`)),
        'x-datadog-tags': `_dd.p.dm=-1,_dd.p.tid=${'a'.repeat(16)}`,
        'x-datadog-sampling-priority': '1',
      },
    ],
  ])('is read from %s', (_, headers) => {
    expect(creationContext(carrier, headers)).toMatchObject({
      traceId: TRACE,
      spanId: 'b'.repeat(16),
      traceFlags: 1,
      isRemote: true,
    })
  })

  const [trace64, span] = ['c'.repeat(16), 'b'.repeat(16)]
  it.each<[string, Headers, number]>([
    ['B3, with debug, which is sampled', { b3: `${TRACE}-${span}-d` }, 1],
    ['B3, not sampled', { b3: `${TRACE}-${span}-0` }, 0],
    ['B3, with the decision left open', { b3: `${TRACE}-${span}` }, 0],
    ['B3 of 64 bits', { b3: `${trace64}-${span}-1` }, 1],
    [
      'B3 in several headers, with debug',
      { 'x-b3-traceid': TRACE, 'x-b3-spanid': span, 'x-b3-flags': '1' },
      1,
    ],
    [
      'B3 in several headers, in words',
      { 'x-b3-traceid': TRACE, 'x-b3-spanid': span, 'x-b3-sampled': 'true' },
      1,
    ],
    ['B3 in several headers, open', { 'x-b3-traceid': TRACE, 'x-b3-spanid': span, 'x-b3-flags': '0' }, 0],
    [
      'B3 in several headers, of 64 bits',
      { 'x-b3-traceid': trace64, 'x-b3-spanid': span, 'x-b3-sampled': '1' },
      1,
    ],
    [
      'Datadog, of 64 bits',
      {
        'x-datadog-trace-id': String(BigInt(`0x${trace64}`)),
        'x-datadog-parent-id': String(BigInt(`0x${span}`)),
        'x-datadog-sampling-priority': '2',
      },
      1,
    ],
  ])('is read from %s', (name, headers, traceFlags) => {
    const traceId = name.includes('64 bits') ? trace64.padStart(32, '0') : TRACE
    expect(creationContext(carrier, headers)).toEqual({ traceId, spanId: span, traceFlags, isRemote: true })
  })

  it('never throws on what other systems might have written', () => {
    const names = [
      'b3',
      'x-b3-traceid',
      'x-b3-spanid',
      'x-datadog-trace-id',
      'x-datadog-parent-id',
      'x-amzn-trace-id',
    ]
    hold(
      fc.property(
        fc.dictionary(fc.constantFrom(...names), fc.oneof(fc.string(), fc.bigInt().map(String))),
        (headers) => {
          const spanContext = creationContext(carrier, headers)
          expect(spanContext === undefined || isSpanContextValid(spanContext)).toBe(true)
        },
      ),
    )
  })

  it('is read the same for a single message and for the link of a batch', () => {
    const alike = (headers: Headers): void => {
      const single = extract(carrier, headers).creation
      const linked = creationContext(carrier, headers)
      expect(linked?.spanId).toBe(single?.spanId)
      expect(linked?.traceFlags).toBe(single?.traceFlags)
    }
    const part = fc.oneof(
      fc.constantFrom('00', 'ff', '01', TRACE, 'A'.repeat(32), 'b'.repeat(16), '0'.repeat(16)),
      fc.string(),
    )
    hold(
      fc.property(fc.array(part, { maxLength: 6 }), fc.string(), (parts, tracestate) =>
        alike({ traceparent: parts.join('-'), tracestate }),
      ),
    )
  })

  describe('in several formats', () => {
    const b3 = `${'c'.repeat(32)}-${'d'.repeat(16)}-1`
    const creations = (headers: Headers): (string | undefined)[] => {
      const kernel = testKernel()
      const message = letter('a', headers as Record<string, string>)
      const alone = { ...delivery, facts: () => ({}) }
      process(kernel, { ...alone, message }, () => {})
      processBatch(kernel, { ...alone, messages: [message] }, () => {})
      const sending = { name: 'send', destination: { name: 'inbox' }, batch: false, carrier: letters }
      send(kernel, { ...sending, messages: [message], facts: () => ({}) }, () => {})
      return recorder.spans.map(({ links }) => links[0]?.context.traceId)
    }
    const B3 = 'c'.repeat(32)

    it.each<[string, string, Headers, TextMapPropagator | undefined]>([
      ['the W3C one, where the propagator reads no other', TRACE, { traceparent: VALID, b3 }, undefined],
      ["the global propagator's", B3, { traceparent: VALID, b3 }, new B3Propagator()],
      ['the W3C one, where the propagator finds none', TRACE, { traceparent: VALID }, new B3Propagator()],
      ['the W3C one, where the propagator fails', TRACE, { traceparent: VALID, b3 }, new BrokenPropagator()],
      ['that of another system, where there is no other', B3, { traceparent: 'garbage', b3 }, undefined],
    ])(
      'is %s: for a single message, for the link of a batch, and for what is sent',
      (_, traceId, headers, propagator) => {
        recorder = recordSpans({ propagator })
        expect(creations(headers)).toEqual([traceId, traceId, traceId])
      },
    )

    it('keeps the flow that stands beside the same context in another format', () => {
      recorder = recordSpans({ propagator: new B3Propagator() })
      const tracestate = `flowstitch=1-${B3}-1-2-3`
      const same = { b3: `${TRACE}-${'b'.repeat(16)}-1`, traceparent: VALID, tracestate }
      expect(flowOfSpanContext(creationContext(carrier, same))?.hop).toBe(3)
      expect(flowOfSpanContext(extract(carrier, same).creation)?.hop).toBe(3)
    })

    it('is none where the propagator knows one from elsewhere than the message', () => {
      const elsewhere = trace.setSpanContext(context.active(), {
        traceId: TRACE,
        spanId: 'b'.repeat(16),
        traceFlags: 1,
      })
      recorder = recordSpans({
        propagator: { inject: () => {}, extract: () => elsewhere, fields: () => ['x-mine'] },
      })
      expect(creations({ tenant: 'blue' })).toEqual([undefined, undefined, undefined])
    })
  })

  it('is nothing where the headers can not be read', () => {
    const broken: ReadCarrier<null> = {
      get: () => {
        throw new Error('unreadable')
      },
      names: () => {
        throw new Error('unreadable')
      },
    }
    expect(extract(broken, null)).toBeDefined()
    expect(creationContext(broken, null)).toBeUndefined()
    expect(trace.getSpanContext(context.active())).toBeUndefined()
  })
})

describe('what a message is given to carry', () => {
  let recorder: SpanRecorder
  afterEach(() => recorder.shutdown())

  const AMBIENT = propagation.createBaggage({ ambient: { value: '1' } })
  const send3 = (headers: Record<string, string>): readonly Letter[] => {
    const messages = [letter('a'), letter('b', headers), letter('c', { Baggage: 'own=1' })]
    const sending = { name: 'send', destination: { name: 'inbox' }, batch: true, carrier: letters }
    return context.with(propagation.setBaggage(context.active(), AMBIENT), () =>
      send(testKernel(), { ...sending, messages, facts: () => ({}) }, (out) => out),
    )
  }

  it('leaves out the baggage where the message has a header of its own for it', () => {
    recorder = recordSpans()
    const sent = send3({ baggage: 'own=1' }).map(({ headers }) => headers)
    expect(sent.map(({ baggage }) => baggage)).toEqual(['ambient=1', 'own=1', undefined])
    for (const headers of sent) expect(headers['traceparent']).toMatch(/^00-/)
    for (const headers of sent) expect(headers['tracestate']).toMatch(/^flowstitch=/)
    expect(sent[2]).toMatchObject({ Baggage: 'own=1' })
  })

  it("leaves out what of the global propagator's fields the message has, be it garbage, and writes trace context", () => {
    recorder = recordSpans({ propagator: new B3Propagator() })
    const [one, two] = send3({ b3: 'garbage', traceparent: 'garbage' })
    expect(one?.headers['b3']).toMatch(/^[0-9a-f]{32}-/)
    expect(two?.headers['b3']).toBe('garbage')
    expect(two?.headers['traceparent']).toMatch(/^00-/)
  })
})
