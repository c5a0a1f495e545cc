import { logs, type LogRecord } from '@opentelemetry/api'
import { recordSpans } from '@flowstitch/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { process } from '../src/process.ts'
import { delivery, letter, testKernel } from './support.ts'

describe('an exception', () => {
  afterEach(() => {
    logs.disable()
    return recordSpans().shutdown()
  })

  it('is told as a log record in the span that failed, and as an event of it', () => {
    const recorder = recordSpans()
    const records: LogRecord[] = []
    logs.setGlobalLoggerProvider({
      getLogger: () => ({ emit: (record) => records.push(record), enabled: () => true }),
    })
    const handle = (): never => {
      throw new TypeError('boom')
    }
    expect(() =>
      process(testKernel(), { ...delivery, message: letter('a'), facts: () => ({}) }, handle),
    ).toThrow('boom')
    expect(records).toHaveLength(1)
    expect(records[0]).toMatchObject({
      eventName: 'messaging.process.exception',
      severityNumber: 17,
      attributes: { 'exception.type': 'TypeError', 'exception.message': 'boom' },
    })
    expect(recorder.spans[0]?.events.map(({ name }) => name)).toEqual(['exception'])
  })
})
