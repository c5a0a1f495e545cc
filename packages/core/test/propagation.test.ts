import { hold } from '@flowstitch/fuzz'
import { context, isSpanContextValid, propagation, trace } from '@opentelemetry/api'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ReadCarrier } from '../src/model/carrier.ts'
import { creationContext, extract } from '../src/propagation/propagation.ts'

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
