import { hold } from '@flowstitch/fuzz'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addCoordinates, type CoordinateRange } from '../src/conventions/coordinates.ts'
import type { InstrumentationOptions } from '../src/model/options.ts'
import { FLOWSTITCH_MESSAGE_COORDINATES } from '../src/semconv.ts'
import { send, type SendOutcome } from '../src/kernel/send.ts'
import { carrier, letter, testKernel } from './support.ts'

const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
const coordinates = (): CoordinateRange[] => [{ log: 'post/inbox', start: 7, count: 2 }]

function textOf(ranges: readonly CoordinateRange[]): unknown {
  return addCoordinates({}, ranges)[FLOWSTITCH_MESSAGE_COORDINATES]
}

describe('coordinates', () => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordSpans()
  })
  afterEach(() => recorder.shutdown())

  /** What the spans of a send say of where its messages lie. */
  function noted(count: number, outcome: SendOutcome, options: InstrumentationOptions = {}): unknown[] {
    const messages = Array.from({ length: count }, () => letter('a'))
    const operation = { name: 'send', batch: true, messages, carrier, facts: () => ({}) }
    send(
      testKernel(options),
      operation,
      () => 'answer',
      () => outcome,
    )
    return recorder.spans.map(({ attributes }) => attributes[FLOWSTITCH_MESSAGE_COORDINATES])
  }

  it('are told by a send span that several messages share', () => {
    expect(noted(2, { coordinates }, { createSpans: 'never' })).toEqual([['post/inbox/7+2']])
    recorder.clear()
    expect(noted(101, { coordinates })).toEqual([['post/inbox/7+2']])
  })

  it('are not told where each message has a span of its own, or a context', () => {
    expect(noted(2, { coordinates })).toEqual([undefined, undefined, undefined])
    recorder.clear()
    expect(noted(1, { coordinates }, { createSpans: 'never' })).toEqual([undefined])
    recorder.clear()
    const messages = [letter('a'), letter('b', { traceparent })]
    const operation = { name: 'send', batch: true, messages, carrier, facts: () => ({}) }
    const kernel = testKernel({ createSpans: 'never' })
    send(
      kernel,
      operation,
      () => 'answer',
      () => ({ coordinates }),
    )
    expect(recorder.spans[0]?.attributes).not.toHaveProperty([FLOWSTITCH_MESSAGE_COORDINATES])
  })

  it('that cannot be read leave the span as it is, and end it', () => {
    const broken = (): never => {
      throw new Error('no answer that anybody knows')
    }
    expect(noted(2, { coordinates: broken }, { createSpans: 'never' })).toEqual([undefined])
    expect(recorder.open).toBe(0)
  })

  it('are as short as there are ranges, whatever the number of messages', () => {
    const range = fc.record({
      log: fc.string({ minLength: 1 }),
      start: fc.maxSafeNat(),
      count: fc.nat(2 ** 31),
    })
    hold(
      fc.property(fc.array(range, { minLength: 1, maxLength: 400 }), (ranges) => {
        const known = ranges.filter(
          ({ start, count }) => count > 0 && start + count <= Number.MAX_SAFE_INTEGER,
        )
        const texts = (textOf(ranges) ?? []) as string[]
        expect(texts).toHaveLength(Math.min(known.length, 256))
        const counts = texts.map((text) => Number(text.split('+').at(-1))).toSorted((a, b) => b - a)
        const longest = known.map(({ count }) => count).toSorted((a, b) => b - a)
        expect(counts).toEqual(longest.slice(0, 256))
      }),
    )
  })

  it.each([
    { log: 'a', start: -1, count: 1 },
    { log: 'a', start: NaN, count: 1 },
    { log: 'a', start: 1.5, count: 1 },
    { log: 'a', start: 0, count: 0 },
    { log: 'a', start: 0, count: 1.5 },
    { log: 'a', start: 2 ** 60, count: 1 },
  ])('of an answer that makes no sense are none: %j', (range) => {
    expect(textOf([range])).toBeUndefined()
  })
})
