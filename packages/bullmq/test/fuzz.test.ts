import { anything, expectHandled, headerName, hold, recordAll, sentThrough, text } from '@flowstitch/fuzz'
import type { SpanRecorder } from '@flowstitch/testing'
import type { Job, JobsOptions } from 'bullmq'
import fc, { type Arbitrary } from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { receivedCarrier, sentCarrier, withoutContext } from '../src/carrier.ts'
import { receivedFacts, sentFacts } from '../src/message.ts'
import { headersOf } from './support.ts'

const headers = fc.dictionary(headerName, fc.oneof(text, fc.jsonValue()))
const metadata = fc.oneof(
  headers.map((one) => JSON.stringify(one)),
  text,
  fc.json(),
  anything,
)
const telemetry = fc.oneof(fc.record({ metadata, omitContext: anything }, { requiredKeys: [] }), anything)
const opts = fc.record({ telemetry, delay: anything }, { requiredKeys: [] }) as Arbitrary<JobsOptions>
const job = fc
  .record({
    id: anything,
    queueName: text,
    prefix: text,
    data: fc.anything(),
    opts,
    attemptsStarted: fc.oneof(fc.integer(), fc.constant(NaN)),
  })
  .map((one) => ({ ...one, timestamp: Date.now() }) as unknown as Job)

describe('a job, whatever its options,', () => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordAll()
  })
  afterEach(() => recorder.shutdown())

  it('is handled', () => {
    const facts = (one: Job): ReturnType<typeof receivedFacts> =>
      receivedFacts(one, { captureBodySize: true })
    hold(fc.property(job, (one) => expectHandled(recorder, receivedCarrier, one, facts)))
  })

  it('is added with the options that it was given, and its headers', () => {
    hold(
      fc.property(opts, (given) => {
        const message = Object.freeze({ queue: 'mail', name: 'a', data: '{}', opts: Object.freeze(given) })
        const sent = sentThrough(recorder, sentCarrier, message, () => sentFacts(message, {}))
        const { telemetry: _, ...rest } = sent.opts
        const { telemetry: __, ...expected } = given
        expect(rest).toEqual(expected)
        const isTouched = sent !== message
        expect(isTouched ? headersOf(sent.opts) : {}).toMatchObject(
          isTouched ? headersOf(withoutContext(given)) : {},
        )
      }),
    )
  })

  it('is handed on to the next job of its scheduler with everything but the context', () => {
    hold(
      fc.property(headers, (given) => {
        const own = Object.entries(given).filter(([name]) => name.startsWith('own-'))
        const next = withoutContext({ telemetry: { metadata: JSON.stringify(given) } })
        expect(headersOf(next)).toMatchObject(Object.fromEntries(own))
        expect(headersOf(next)).not.toHaveProperty('traceparent')
      }),
    )
  })
})
