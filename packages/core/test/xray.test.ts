import { hold } from '@flowstitch/fuzz'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ReadCarrier } from '../src/model/carrier.ts'
import { creationContext } from '../src/propagation/propagation.ts'
import { formatXRay, parseXRay, XRAY_HEADER } from '../src/propagation/xray.ts'

const TRACE = '5759e988bd862e3fe1be46a994272793'
const PARENT = '53995c3f42cd8ad8'
const HEADER = `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=${PARENT};Sampled=1`

const carrier: ReadCarrier<Record<string, string>> = {
  get: (headers, name) => headers[name],
  names: Object.keys,
}

describe("X-Ray's tracing header", () => {
  it('is a creation context where there is no W3C one', () => {
    const read = creationContext(carrier, { [XRAY_HEADER]: HEADER })
    expect(read).toMatchObject({ traceId: TRACE, spanId: PARENT, traceFlags: 1, isRemote: true })
    const w3c = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`
    const both = creationContext(carrier, { [XRAY_HEADER]: HEADER, traceparent: w3c })
    expect(both?.traceId).toBe('a'.repeat(32))
  })

  it('counts where the traceparent is garbage', () => {
    expect(creationContext(carrier, { [XRAY_HEADER]: HEADER, traceparent: 'x' })?.traceId).toBe(TRACE)
  })

  it.each([
    ['in any order', `Sampled=1; Parent=${PARENT}; Root=1-5759e988-bd862e3fe1be46a994272793`, 1],
    ['with fields of others', `Self=1-2-3;${HEADER};Lineage=a:0`, 1],
    ['not sampled', HEADER.replace('Sampled=1', 'Sampled=0'), 0],
    ['with the decision left open', HEADER.replace('Sampled=1', 'Sampled=?'), 0],
  ])('is read %s', (_, header, traceFlags) => {
    expect(parseXRay(header)).toMatchObject({ traceId: TRACE, spanId: PARENT, traceFlags })
  })

  it.each([
    '',
    'Root=1-5759e988-bd862e3fe1be46a994272793',
    `Parent=${PARENT};Sampled=1`,
    HEADER.replace('Root=1', 'Root=2'),
    HEADER.replace(PARENT, '0'.repeat(16)),
    HEADER.replace(PARENT, `${PARENT}0`),
    HEADER.replace('5759e988', '5759e98'),
  ])('is no context when it is %j', (header) => {
    expect(parseXRay(header)).toBeUndefined()
  })

  it('gives back the context that it was written from', () => {
    const hex = (length: number): fc.Arbitrary<string> =>
      fc
        .string({
          unit: fc.constantFrom(...[...Array(16).keys()].map((n) => n.toString(16))),
          minLength: length,
          maxLength: length,
        })
        .filter((id) => /[1-9a-f]/.test(id))
    hold(
      fc.property(hex(32), hex(16), fc.constantFrom(0, 1), (traceId, spanId, traceFlags) => {
        const spanContext = { traceId, spanId, traceFlags }
        expect(parseXRay(formatXRay(spanContext))).toEqual({ ...spanContext, isRemote: true })
      }),
    )
  })

  it('never throws', () => {
    hold(
      fc.property(fc.string(), (garbage) => {
        expect(parseXRay(garbage)).toBeUndefined()
      }),
    )
  })
})
