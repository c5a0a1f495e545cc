import { SpanStatusCode } from '@opentelemetry/api'
import type { SpanRecorder } from '@flowstitch/testing'
import { expect } from 'vitest'
import type { Account } from './traffic.ts'

type Span = SpanRecorder['spans'][number]

interface Expected {
  /** Where a message's own id is recorded. */
  readonly idAttribute: string
  /** What a send that failed may be said to have failed with. */
  readonly errorType: RegExp
}

/** No span is open, each send's span tells how the send ended, and there is one for each delivery. */
export function expectTruth(
  recorder: SpanRecorder,
  account: Account,
  { idAttribute, errorType }: Expected,
): void {
  expect(recorder.open).toBe(0)
  const sends = recorder.spans.filter(ofOperation('send'))
  const idsOf = (spans: readonly Span[]): string[] =>
    spans.map(({ attributes }) => String(attributes[idAttribute])).toSorted()
  expect(idsOf(sends.filter((span) => !failed(span)))).toEqual([...account.sent].toSorted())
  expect(idsOf(sends.filter(failed))).toEqual([...account.refused.keys()].toSorted())
  for (const { attributes } of sends.filter(failed)) {
    expect(attributes['error.type']).toMatch(errorType)
  }
  expect(recorder.spans.filter(ofOperation('process'))).toHaveLength(account.received.length)
}

export function ofOperation(type: string): (span: Span) => boolean {
  return ({ attributes }) => attributes['messaging.operation.type'] === type
}

export function failed({ status }: Span): boolean {
  return status.code === SpanStatusCode.ERROR
}
