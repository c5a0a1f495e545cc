import { anything, expectHandled, headers, hold, recordAll } from '@flowstitch/fuzz'
import type { SpanRecorder } from '@flowstitch/testing'
import fc, { type Arbitrary } from 'fast-check'
import type { KafkaMessage } from 'kafkajs'
import { afterEach, beforeEach, describe, it } from 'vitest'
import { carrier } from '../src/carrier.ts'
import { receivedFacts } from '../src/message.ts'

const incoming = fc.record({
  headers,
  key: anything,
  value: anything,
  offset: fc.oneof(fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }).map(String), fc.string()),
  timestamp: fc.oneof(fc.bigInt({ min: -1n, max: (1n << 63n) - 1n }).map(String), fc.string()),
  attributes: fc.integer({ min: 0, max: 255 }),
  batchContext: fc.option(fc.record({ timestampType: anything })),
}) as Arbitrary<unknown> as Arbitrary<KafkaMessage>

describe('a message of kafkajs, whatever it carries,', () => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordAll()
  })
  afterEach(() => recorder.shutdown())

  it('is handled', () => {
    const facts = (message: KafkaMessage): ReturnType<typeof receivedFacts> =>
      receivedFacts({ topic: 'orders', partition: 0 }, message, () => undefined, { captureBodySize: true })
    hold(fc.property(incoming, (message) => expectHandled(recorder, carrier, message, facts)))
  })
})
