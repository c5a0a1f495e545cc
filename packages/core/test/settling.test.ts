import { recordMetrics, recordSpans } from '@flowstitch/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { settle } from '../src/kernel/settle.ts'
import { testKernel } from './support.ts'

beforeEach(() => void recordSpans())
afterEach(() => recordSpans().shutdown())

it('a settlement that is told of when it is done lasts from when it began, on the span and in the metric', async () => {
  const recorder = recordSpans()
  const measured = recordMetrics()
  const startTime = Date.now() - 5_500
  settle(testKernel(), { name: 'commit', destination: { name: 'inbox' }, startTime }, () => undefined)
  const [span] = recorder.spans
  expect(span?.duration[0]).toBeGreaterThanOrEqual(5)
  const durations = measured.of('messaging.client.operation.duration')
  expect(durations.map(({ value }) => value >= 5)).toEqual([true])
})
