import { createTraceState, isSpanContextValid } from '@opentelemetry/api'
import {
  contextValue,
  expectHandled,
  headers,
  hold,
  recordAll,
  sentThrough,
  table,
  text,
} from '@flowstitch/fuzz'
import type { SpanRecorder } from '@flowstitch/testing'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Carrier } from '../src/model/carrier.ts'
import { formatFlowContext, parseFlowContext, type FlowContext } from '../src/propagation/flow-context.ts'
import { readForeign } from '../src/propagation/foreign.ts'
import { creationContext, extract } from '../src/propagation/propagation.ts'
import { formatXRay, parseXRay } from '../src/propagation/xray.ts'

type Headers = Record<string, unknown>

/** Hands on whatever stands in a header, as an adapter that checks nothing would. */
const careless: Carrier<Headers> = {
  get: (message, name) => message[name] as string,
  names: (message) => Object.keys(message),
  with: (message, fields) => ({ ...message, ...fields }),
}

const id = (length: number): fc.Arbitrary<string> =>
  fc
    .string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: length, maxLength: length })
    .filter((hex) => /[^0]/.test(hex))

describe('whatever stands in the headers', () => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordAll()
  })
  afterEach(() => recorder.shutdown())

  it('a message is handled', () => {
    hold(fc.property(headers, (message) => expectHandled(recorder, careless, message)))
  })

  it('a message is sent', () => {
    hold(fc.property(headers, (message) => void sentThrough(recorder, careless, message)))
  })

  it('a message that has room for a context arrives with it', () => {
    hold(
      fc.property(table(text), (message) => {
        const sent = sentThrough(recorder, careless, message)
        const own = creationContext(careless, message)
        const span = recorder.spans[0]?.spanContext()
        expect(creationContext(careless, sent)?.spanId).toBe(own?.spanId ?? span?.spanId)
      }),
    )
  })

  it('a context is the same for a single message and for the link of a batch', () => {
    hold(
      fc.property(table(contextValue), (message) => {
        const single = extract(careless, message).creation
        const linked = creationContext(careless, message)
        expect(linked?.traceId).toBe(single?.traceId)
        expect(linked?.spanId).toBe(single?.spanId)
      }),
    )
  })

  it('what another system has written is a valid context or none', () => {
    hold(
      fc.property(table(contextValue), (message) => {
        const read = readForeign((name) => message[name])
        expect(read === undefined || isSpanContextValid(read)).toBe(true)
      }),
    )
  })
})

describe('a flow context', () => {
  const flows: fc.Arbitrary<FlowContext> = fc.record({
    flowId: id(32),
    startMs: fc.nat({ max: 36 ** 9 - 1 }),
    sentMs: fc.nat({ max: 36 ** 9 - 1 }),
    hop: fc.nat({ max: 999_999 }),
  })

  it('is read as it was written, also out of a tracestate', () => {
    hold(
      fc.property(flows, (flow) => {
        const value = formatFlowContext(flow)
        expect(parseFlowContext(createTraceState(`flowstitch=${value}`).get('flowstitch'))).toEqual(flow)
      }),
    )
  })

  it('is sound or none, whatever is written', () => {
    hold(
      fc.property(fc.oneof(contextValue, fc.string({ unit: 'binary' })), (value) => {
        const flow = parseFlowContext(value.replace(/^.*flowstitch=/, ''))
        if (!flow) return
        expect(flow.flowId).toMatch(/^[0-9a-f]{32}$/)
        for (const number of [flow.startMs, flow.sentMs, flow.hop]) {
          expect(Number.isSafeInteger(number) && number >= 0).toBe(true)
        }
      }),
    )
  })
})

describe("X-Ray's header", () => {
  it('is read as it was written', () => {
    hold(
      fc.property(id(32), id(16), fc.constantFrom(0, 1), (traceId, spanId, traceFlags) => {
        const spanContext = { traceId, spanId, traceFlags, isRemote: true }
        expect(parseXRay(formatXRay(spanContext))).toEqual(spanContext)
      }),
    )
  })

  it('is valid or none, whatever is written', () => {
    hold(
      fc.property(fc.oneof(contextValue, fc.string({ unit: 'binary' })), (value) => {
        const read = parseXRay(value)
        expect(read === undefined || isSpanContextValid(read)).toBe(true)
      }),
    )
  })
})
