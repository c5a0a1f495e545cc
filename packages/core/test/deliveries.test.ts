import { recordMetrics, recordSpans, type MetricRecorder } from '@flowstitch/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { processBatch } from '../src/kernel/batch.ts'
import { process } from '../src/kernel/process.ts'
import { receive } from '../src/kernel/receive.ts'
import type { MessageFacts } from '../src/model/message.ts'
import * as names from '../src/semconv.ts'
import { carrier, delivery, letter, testKernel, type Letter } from './support.ts'

const TRACE = 'a'.repeat(32)

/** A message that was sent so many seconds ago, in a flow that began so many seconds ago. */
function sent(secondsAgo: number, flowSecondsAgo = secondsAgo): Letter {
  const ago = (seconds: number): string => (Date.now() - seconds * 1000).toString(36)
  return letter('x', {
    traceparent: `00-${TRACE}-${'b'.repeat(16)}-01`,
    tracestate: `flowstitch=1-${TRACE}-${ago(flowSecondsAgo)}-${ago(secondsAgo)}-4`,
  })
}

/** Which were accepted by the broker ten seconds ago, and come for the first and for the third time. */
function factsOf(message: Letter): MessageFacts {
  return { attempt: message === again ? 3 : 1, brokerTimeMs: Date.now() - 10_000 }
}
let again: Letter
let messages: readonly Letter[]

describe('the metrics of deliveries', () => {
  let metrics: MetricRecorder
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] })
    recordSpans()
    metrics = recordMetrics()
    again = sent(20, 30)
    messages = [sent(20, 30), again]
  })
  afterEach(() => {
    vi.useRealTimers()
    return recordSpans().shutdown()
  })

  const values = (metric: string): number[] => metrics.of(metric).map(({ value }) => value)

  const shapes: Record<string, () => void> = {
    'a batch, and each of its messages by itself'() {
      const batch = { ...delivery, messages, facts: factsOf }
      processBatch(testKernel(), batch, (context) => {
        for (const message of messages) {
          const single = { ...delivery, message, facts: factsOf, batch: context, delivers: false }
          process(testKernel(), single, () => {})
        }
      })
    },
    'a receive, and each of its messages by itself'() {
      const operation = { name: 'poll', destination: { name: 'inbox' }, carrier, facts: factsOf }
      receive(testKernel(), { ...operation, messages: (all: readonly Letter[]) => all }, () => messages)
      for (const message of messages) {
        process(testKernel(), { ...delivery, message, facts: factsOf, delivers: false }, () => {})
      }
    },
    'each by itself'() {
      for (const message of messages) {
        process(testKernel(), { ...delivery, message, facts: factsOf }, () => {})
      }
    },
  }

  it.each(Object.keys(shapes))('are told once a message: %s', (shape) => {
    shapes[shape]?.()
    const consumed = values(names.METRIC_CLIENT_CONSUMED_MESSAGES)
    expect(consumed.reduce((sum, count) => sum + count, 0)).toBe(2)
    expect(values('flowstitch.message.attempt')).toEqual([1, 3])
    expect(values('flowstitch.message.dwell')).toEqual([10])
    expect(values('flowstitch.message.age')).toEqual([20, 20])
    expect(values('flowstitch.flow.hops')).toEqual([4, 4])
    expect(values('flowstitch.flow.age')).toEqual([30, 30])
  })

  it('are not told of a batch that something else has told of', () => {
    const batch = { ...delivery, messages, facts: factsOf, delivers: false }
    processBatch(testKernel(), batch, () => {})
    expect(metrics.measurements.map(({ metric }) => metric)).toEqual([names.METRIC_PROCESS_DURATION])
  })

  it.each([
    [
      'alone',
      (message: Letter, facts: () => MessageFacts) =>
        process(testKernel(), { ...delivery, message, facts }, () => {}),
    ],
    [
      'in a batch',
      (message: Letter, facts: () => MessageFacts) =>
        processBatch(testKernel(), { ...delivery, messages: [message], facts }, () => {}),
    ],
  ])('never have a message, or its flow, younger than nothing: %s', (_, handle) => {
    handle(sent(-60), () => ({ attempt: 1, brokerTimeMs: Date.now() + 60_000 }))
    for (const metric of ['flowstitch.message.dwell', 'flowstitch.message.age', 'flowstitch.flow.age']) {
      expect(
        metrics.of(metric).map(({ value }) => value),
        metric,
      ).toEqual([0])
    }
  })
})

describe('a message from the future', () => {
  afterEach(() => recordSpans().shutdown())

  it('is of no age, and its span says that clocks disagree', () => {
    const recorder = recordSpans()
    process(testKernel(), { ...delivery, message: sent(-60), facts: () => ({ attempt: 2 }) }, () => {})
    expect(recorder.spans[0]?.attributes).toMatchObject({
      [names.FLOWSTITCH_MESSAGE_AGE]: 0,
      [names.FLOWSTITCH_CLOCK_SKEW]: true,
    })
  })
})
