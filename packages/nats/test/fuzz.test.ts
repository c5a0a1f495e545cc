import { expectHandled, hold, recordAll, sentThrough, table, text } from '@flowstitch/fuzz'
import type { SpanRecorder } from '@flowstitch/testing'
import { headers as newHeaders, type MsgHdrs } from '@nats-io/nats-core'
import fc, { type Arbitrary } from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { copyHeaders, receivedCarrier, sentCarrier } from '../src/carrier.ts'
import { receivedFacts, sentFacts, type NatsReceived } from '../src/message.ts'

/** Headers that the client takes: it refuses line breaks in values, and some characters in names. */
const taken: Arbitrary<MsgHdrs> = table(text).map((entries) => {
  const made = newHeaders()
  for (const [name, value] of Object.entries(entries)) {
    try {
      made.append(name, String(value))
    } catch {
      // The client's own refusal.
    }
  }
  return made
})

/** Whatever stands in the protocol's header block; the client decodes it when somebody asks. */
const received: Arbitrary<MsgHdrs | undefined> = fc.oneof(taken, fc.constant(undefined))

const broken = { get: (): never => fail(), enumerable: true }

function fail(): never {
  throw new Error('the header block can not be decoded')
}

const subject = fc.constantFrom('orders', 'orders.created')
const data = fc.uint8Array()
const core = fc.record({ subject, data, headers: received })
const jetStream = fc.record({
  subject,
  data,
  headers: received,
  ack: fc.constant(() => {}),
  info: fc.oneof(
    fc.record({
      stream: fc.string(),
      streamSequence: fc.integer(),
      deliveryCount: fc.integer({ min: 1 }),
      timestampNanos: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    }),
    fc.constant(undefined),
  ),
})
const undecodable = core.map((message) => Object.defineProperty({ ...message }, 'headers', broken))

describe('a message of NATS, whatever it carries,', () => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordAll()
  })
  afterEach(() => recorder.shutdown())

  it('is handled', () => {
    const incoming = fc.oneof(core, jetStream, undecodable) as Arbitrary<unknown> as Arbitrary<NatsReceived>
    const facts = (message: NatsReceived): ReturnType<typeof receivedFacts> =>
      receivedFacts(message, { captureBodySize: true })
    hold(fc.property(incoming, (message) => expectHandled(recorder, receivedCarrier, message, facts)))
  })

  it('is published with all that its sender has put on it', () => {
    const limit = fc.constantFrom(undefined, 0, 2000, 1_048_576)
    hold(
      fc.property(taken, data, limit, (headers, payload, maxPayload) => {
        const before = linesOf(copyHeaders(headers))
        const given = Object.freeze({ subject: 'orders', payload, headers, msgID: undefined })
        const sent = sentThrough(recorder, sentCarrier(maxPayload), given, () => sentFacts(given, {}))
        expect(linesOf(headers)).toEqual(before)
        expect(linesOf(sent.headers)).toEqual(expect.arrayContaining(before))
      }),
    )
  })
})

function linesOf(headers: MsgHdrs | undefined): string[] {
  const lines: string[] = []
  for (const [name, values] of headers ?? []) {
    if (/^(traceparent|tracestate)$/i.test(name)) continue
    for (const value of values) lines.push(`${name}: ${value}`)
  }
  return lines
}
