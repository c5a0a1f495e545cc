import { beforeEach, expect, test, vi } from 'vitest'
import { readSettings } from '../src/settings.ts'

const adapters = ['kafkajs', 'amqplib']
const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})

beforeEach(() => warnings.mockClear())

test('an empty environment leaves the adapters their defaults', () => {
  expect(readSettings({ FLOWSTITCH_RELATION: '', FLOWSTITCH_AUTO_DISABLED: ' ' }, adapters)).toEqual({
    options: {},
    disabled: new Set(),
  })
  expect(warnings).not.toHaveBeenCalled()
})

test('every option that is a plain value has a variable', () => {
  const environment = {
    FLOWSTITCH_RELATION: 'Link',
    FLOWSTITCH_LONG_DELAY_MS: '1500',
    FLOWSTITCH_CREATE_SPANS: 'never',
    FLOWSTITCH_SETTLE_SPANS: 'FALSE',
    FLOWSTITCH_METRICS: 'standard',
    FLOWSTITCH_CAPTURE_KEY: 'false',
    FLOWSTITCH_CAPTURE_BODY_SIZE: ' true ',
    FLOWSTITCH_AUTO_DISABLED: 'amqplib,',
  }
  expect(readSettings(environment, adapters)).toEqual({
    options: {
      relation: 'link',
      longDelayMs: 1500,
      createSpans: 'never',
      settleSpans: false,
      metrics: 'standard',
      captureKey: false,
      captureBodySize: true,
    },
    disabled: new Set(['amqplib']),
  })
  expect(warnings).not.toHaveBeenCalled()
})

test.each([
  ['FLOWSTITCH_RELATION', 'sibling', 'auto, parent, link'],
  ['FLOWSTITCH_LONG_DELAY_MS', '10m', 'a number of milliseconds'],
  ['FLOWSTITCH_LONG_DELAY_MS', '-1', 'a number of milliseconds'],
  ['FLOWSTITCH_CREATE_SPANS', 'constructor', 'auto, always, never'],
  ['FLOWSTITCH_SETTLE_SPANS', '1', 'true, false'],
  ['FLOWSTITCH_METRICS', 'some', 'all, standard, none'],
])('%s=%s is told, with what it takes, and ignored', (variable, value, takes) => {
  expect(readSettings({ [variable]: value }, adapters).options).toEqual({})
  expect(warnings).toHaveBeenCalledExactlyOnceWith(
    `${variable}=${value} is ignored: it takes ${takes}`,
    expect.objectContaining({ code: 'FLOWSTITCH_AUTO' }),
  )
})
