import { anything, contextValue, expectHandled, headers, hold, recordAll, table } from '@flowstitch/fuzz'
import { snsCarrier, snsFacts, type SnsRecord } from '@flowstitch/dialects/sqs'
import type { SpanRecorder } from '@flowstitch/testing'
import fc, { type Arbitrary } from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const attributes = fc.oneof(
  table(fc.record({ Type: fc.constantFrom('String', 'Binary'), Value: fc.oneof(contextValue, fc.json()) })),
  headers,
)
const event = fc
  .record({ 'detail-type': fc.jsonValue(), detail: fc.oneof(table(contextValue), fc.jsonValue()) })
  .map((body) => JSON.stringify(body))
const record = fc.record({
  Sns: fc.record(
    {
      MessageId: anything,
      Timestamp: fc.oneof(fc.string(), anything),
      Message: fc.oneof(event, fc.string(), anything),
      MessageAttributes: attributes,
    },
    { requiredKeys: [] },
  ),
}) as Arbitrary<unknown> as Arbitrary<SnsRecord>

describe('a record of SNS, whatever it carries,', () => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordAll()
  })
  afterEach(() => recorder.shutdown())

  it('is handled', () => {
    const facts = (one: SnsRecord): ReturnType<typeof snsFacts> => snsFacts(one, { captureBodySize: true })
    hold(fc.property(record, (one) => expectHandled(recorder, snsCarrier, one, facts)))
    expect(recorder.open).toBe(0)
  })
})
