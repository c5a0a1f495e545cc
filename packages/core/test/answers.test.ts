import { SpanStatusCode, trace } from '@opentelemetry/api'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Kernel } from '../src/kernel/kernel.ts'
import { receive } from '../src/kernel/receive.ts'
import * as names from '../src/semconv.ts'
import { send } from '../src/kernel/send.ts'
import { settle } from '../src/kernel/settle.ts'
import { carrier, letter, testKernel, type Letter } from './support.ts'

interface Answer {
  readonly requestId: string
}

const destination = { name: 'inbox' }
const answer: Answer = { requestId: 'r1' }
const asking = (): Kernel<Letter, Letter> =>
  new Kernel<Letter, Letter>({
    system: 'test',
    scope: '@flowstitch/test',
    options: {},
    requestId: (answerOrError) => (answerOrError as Answer).requestId,
  })

describe("the broker's answers", () => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordSpans()
  })
  afterEach(() => recorder.shutdown())

  it('give their request ids to the spans of the calls, errors too', async () => {
    const sending = {
      name: 'send',
      destination,
      batch: false,
      messages: [letter('x')],
      carrier,
      facts: () => ({}),
    }
    send(asking(), sending, () => answer)
    expect(() =>
      send(asking(), sending, () => {
        throw Object.assign(new Error('refused'), { requestId: 'r2' })
      }),
    ).toThrow('refused')
    receive(
      asking(),
      { name: 'poll', destination, carrier, messages: () => [letter('x')], facts: () => ({}) },
      () => answer,
    )
    settle(asking(), { name: 'ack', destination }, () => answer)
    expect(recorder.spans.map(({ attributes }) => attributes[names.AWS_REQUEST_ID])).toEqual([
      'r1',
      'r2',
      'r1',
      'r1',
    ])
  })

  it('mark what travelled with a message that was refused: its create span, else the send span', () => {
    const refused = (index: number): string | undefined => (index === 0 ? 'TooBig' : undefined)
    const sending = (bodies: string[], createSpans: 'auto' | 'never'): void => {
      const messages = bodies.map((body) => letter(body))
      const operation = { name: 'send', destination, batch: true, messages, carrier, facts: () => ({}) }
      send(
        testKernel({ createSpans }),
        operation,
        () => answer,
        () => ({ refused }),
      )
    }
    const failedSpans = (): unknown[] =>
      recorder.spans
        .filter(({ status }) => status.code === SpanStatusCode.ERROR)
        .map(({ name, attributes }) => [name, attributes[names.ERROR_TYPE]])
    sending(['a', 'b'], 'auto')
    expect(failedSpans()).toEqual([['create inbox', 'TooBig']])
    recorder.clear()
    sending(['a', 'b'], 'never')
    sending(['a'], 'auto')
    expect(failedSpans()).toEqual([
      ['send inbox', 'TooBig'],
      ['send inbox', 'TooBig'],
    ])
  })

  it('fail a settlement that the broker refused in part, and the caller gets its answer', () => {
    const creation = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }
    const settlement = { name: 'delete', destination, count: 3, creations: [creation] }
    expect(
      settle(
        testKernel(),
        settlement,
        () => answer,
        () => ['Expired', 'Expired'],
      ),
    ).toBe(answer)
    const [span] = recorder.spans
    expect(span?.status).toEqual({ code: SpanStatusCode.ERROR, message: '2 not settled: Expired' })
    expect(span?.attributes).toMatchObject({
      [names.ERROR_TYPE]: 'Expired',
      [names.MESSAGING_BATCH_MESSAGE_COUNT]: 3,
    })
    expect(trace.isSpanContextValid(creation) && span?.links.map(({ context }) => context)).toEqual([
      creation,
    ])
  })
})
