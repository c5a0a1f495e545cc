import { InvalidArgumentError } from '@commander-js/extra-typings'
import { parseDuration, parseSize } from '../units.ts'

/** Parsers of option values; each error says what the option takes. */

export function port(text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value <= 65_535) return value
  throw new InvalidArgumentError('It takes a port from 0 (any free one) to 65535.')
}

export function duration(text: string): number {
  const ms = parseDuration(text)
  if (ms !== undefined) return ms
  throw new InvalidArgumentError('It takes a number and a unit: 500ms, 90s, 15m, 12h, 7d, 2w.')
}

export function size(text: string): number {
  const bytes = parseSize(text)
  if (bytes !== undefined) return bytes
  throw new InvalidArgumentError('It takes a number and a unit: 500MB, 20GB, 1TiB.')
}

/** One more key; the option may come again. */
export function key(text: string, keys: string[]): string[] {
  const name = /^attribute=(\S+)$/.exec(text)?.[1]
  if (name !== undefined) return [...keys, name]
  throw new InvalidArgumentError('It takes attribute= and the name of an attribute: attribute=order.id.')
}

export function limit(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= 500) return value
  throw new InvalidArgumentError('It takes a number from 1 to 500.')
}

/** A point of time as the API takes it, from `15m` (ago), an ISO date or nanoseconds since the epoch. */
export function time(text: string): string {
  if (/^\d{16,19}$/.test(text)) return text
  const ago = parseDuration(text)
  const ms = ago === undefined ? Date.parse(text) : Date.now() - ago
  if (Number.isFinite(ms) && ms >= 0) return String(BigInt(Math.round(ms)) * 1_000_000n)
  throw new InvalidArgumentError(
    'It takes a time ago (15m, 2h, 3d), an ISO date, or nanoseconds since the epoch.',
  )
}

export function url(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text
  throw new InvalidArgumentError('It takes a URL: http://127.0.0.1:4319.')
}
