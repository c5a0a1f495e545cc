import { logs, type LogRecord } from '@opentelemetry/api'
import { recordSpans } from '@flowstitch/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { process } from '../src/kernel/process.ts'
import { send } from '../src/kernel/send.ts'
import { carrier, delivery, letter, testKernel } from './support.ts'

/** Absent from API 1.9. */
const withLogs = logs as typeof logs | undefined

function recordLogs(): LogRecord[] {
  const records: LogRecord[] = []
  logs.setGlobalLoggerProvider({
    getLogger: () => ({ emit: (record) => records.push(record), enabled: () => true }),
  })
  return records
}

describe('an exception', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
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

  it.each([
    [undefined, 1],
    ['logs', 0],
    ['logs/dup', 1],
  ])(
    'is told as an event of the span that failed by OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN=%s: %i',
    (env, count) => {
      vi.stubEnv('OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN', env)
      const recorder = recordSpans()
      fail()
      expect(recorder.spans[0]?.events.map(({ name }) => name)).toEqual(Array(count).fill('exception'))
    },
  )

  it.runIf(withLogs)('is told as a warning by all that is not the handling of a message', () => {
    recordSpans()
    const records = recordLogs()
    const sending = { name: 'send', destination: { name: 'inbox' }, batch: false, carrier }
    const refuse = (): never => {
      throw new TypeError('refused')
    }
    const operation = { ...sending, messages: [letter('a')], facts: () => ({}) }
    expect(() => send(testKernel(), operation, refuse)).toThrow('refused')
    expect(records).toMatchObject([{ eventName: 'messaging.send.exception', severityNumber: 13 }])
  })

  it.runIf(withLogs)('is told as a log record too, where the API has logs', () => {
    recordSpans()
    const records = recordLogs()
    fail()
    expect(records).toHaveLength(1)
    expect(records[0]).toMatchObject({
      eventName: 'messaging.process.exception',
      severityNumber: 17,
      attributes: { 'exception.type': 'TypeError', 'exception.message': 'boom' },
    })
  })
})
