// oxlint-disable-next-line import/no-named-as-default -- its types do not know the other export
import middy from '@middy/core'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import { SpanKind, trace } from '@opentelemetry/api'
import type { SQSEvent } from 'aws-lambda'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { wrapHandler } from '../src/index.ts'
import { sqsEvent } from './events.ts'
import { lambdaContext, spanIdOf } from './support.ts'

describe('a wrapped handler', () => {
  let recorder: SpanRecorder
  let active: unknown[]
  beforeEach(() => {
    recorder = recordSpans()
    active = []
  })
  afterEach(() => recorder.shutdown())

  const noteActive = (): void => void active.push(trace.getActiveSpan()?.spanContext().spanId)
  const idsOf = (wanted: SpanKind): string[] =>
    recorder.spans.filter(({ kind }) => kind === wanted).map(spanIdOf)

  it('may be inside of middy', async () => {
    const handler = middy(wrapHandler.sqs(noteActive)).before(noteActive)
    for (const body of ['a', 'b']) await handler(sqsEvent(body), lambdaContext())
    expect(active).toEqual([undefined, idsOf(SpanKind.CONSUMER)[0], undefined, idsOf(SpanKind.CONSUMER)[1]])
  })

  it('may be around middy', async () => {
    const inner = middy(async (event: SQSEvent) => event.Records.length).before(noteActive)
    const handler = wrapHandler.auto(inner)
    for (const body of ['a', 'b']) expect(await handler(sqsEvent(body), lambdaContext())).toBe(1)
    expect(active).toEqual(idsOf(SpanKind.SERVER))
  })
})
