import { logs, type LogRecord } from '@opentelemetry/api'
import { recordSpans } from '@flowstitch/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { process } from '../src/kernel/process.ts'
import { delivery, letter, testKernel } from './support.ts'

/** Absent from API 1.9. */
const withLogs = logs as typeof logs | undefined

describe('an exception', () => {
  afterEach(() => {
    withLogs?.disable()
    return recordSpans().shutdown()
  })

  const fail = (): void => {
    const handle = (): never => {
      throw new TypeError('boom')
    }
    expect(() =>
      process(testKernel(), { ...delivery, message: letter('a'), facts: () => ({}) }, handle),
    ).toThrow('boom')
  }

  it('is told as an event of the span that failed', () => {
    const recorder = recordSpans()
    fail()
    expect(recorder.spans[0]?.events.map(({ name }) => name)).toEqual(['exception'])
  })

  it.runIf(withLogs)('is told as a log record too, where the API has logs', () => {
    recordSpans()
    const records: LogRecord[] = []
    logs.setGlobalLoggerProvider({
      getLogger: () => ({ emit: (record) => records.push(record), enabled: () => true }),
    })
    fail()
    expect(records).toHaveLength(1)
    expect(records[0]).toMatchObject({
      eventName: 'messaging.process.exception',
      severityNumber: 17,
      attributes: { 'exception.type': 'TypeError', 'exception.message': 'boom' },
    })
  })
})
