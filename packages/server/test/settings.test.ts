import { describe, expect, test } from 'vitest'
import { completeSettings, SettingsError } from '../src/settings.ts'
import type { ServerSettings } from '../src/settings.ts'
import { parseDuration, parseSize } from '../src/units.ts'

test('what is not given is the contract’s default', () => {
  const { log: _log, ...settings } = completeSettings({ port: undefined })
  expect(settings).toEqual({
    data: './flowstitch-data',
    keys: [],
    memory: false,
    host: '127.0.0.1',
    otlpHttpPort: 4318,
    otlpGrpcPort: 4317,
    port: 4319,
    retentionMs: 604_800_000,
    maxDiskBytes: 20_000_000_000,
  })
})

describe('settings that cannot work are refused under their flag:', () => {
  const cases: [flag: string, settings: ServerSettings][] = [
    ['--host', { host: '0.0.0.0' }],
    ['--host', { host: '::' }],
    ['--host', { host: '192.168.1.7' }],
    ['--host', { host: '127.0.0.1.example' }],
    ['--token', { token: 'with space' }],
    ['--token', { token: 'zoë' }],
    ['--port', { port: 65_536 }],
    ['--port', { port: 4318 }],
    ['--otlp-http-port', { otlpHttpPort: -1 }],
    ['--otlp-grpc-port', { otlpGrpcPort: 4318 }],
    ['--otlp-grpc-port', { otlpGrpcPort: 1.5 }],
  ]
  test.each(cases)('%s %o', (flag, settings) => {
    expect(() => completeSettings(settings)).toThrow(SettingsError)
    expect(() => completeSettings(settings)).toThrow(new RegExp(`^${flag} `))
  })
})

test.each(['127.0.0.1', '127.8.8.8', 'localhost', '::1', '[::1]'])('%s needs no token', (host) => {
  expect(completeSettings({ host }).host).toBe(host)
})

test('another address is fine with a token, and all ports may be free ones', () => {
  expect(
    completeSettings({ host: '0.0.0.0', token: 'secret', port: 0, otlpHttpPort: 0, otlpGrpcPort: 0 }).port,
  ).toBe(0)
})

test.each([
  ['500ms', 500],
  ['90s', 90_000],
  ['15m', 900_000],
  ['12h', 43_200_000],
  ['7d', 604_800_000],
  ['1.5 d', 129_600_000],
  ['2W', 1_209_600_000],
])('a duration of %s is %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each([
  ['20GB', 20e9],
  ['1.5TiB', 1.5 * 2 ** 40],
  ['512 mib', 512 * 2 ** 20],
  ['100b', 100],
])('a size of %s is %i bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes)
})

test.each(['', '7', 'd', '-1d', '0d', '7 days', '1e3s', '9999999999999w', 'NaNs'])(
  '"%s" is neither',
  (text) => {
    expect(parseDuration(text)).toBeUndefined()
    expect(parseSize(text)).toBeUndefined()
  },
)
