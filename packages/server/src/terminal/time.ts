const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Milliseconds as a person says them: `850 µs`, `12.4 ms`, `1.24 s`, `2 min 5 s`, `3 h 12 min`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`
  if (ms < 0.0005) return '0 ms'
  if (ms < 0.9995) return `${Math.round(ms * 1000)} µs`
  if (ms < 999.5) return `${threeDigits(ms)} ms`
  if (ms < 59_950) return `${threeDigits(ms / SECOND)} s`
  if (ms < HOUR - SECOND / 2) return twoUnits(ms, MINUTE, 'min', SECOND, 's')
  if (ms < DAY - MINUTE / 2) return twoUnits(ms, HOUR, 'h', MINUTE, 'min')
  return twoUnits(ms, DAY, 'd', HOUR, 'h')
}

/** A time as it sorts and copies: UTC, to the millisecond. */
export function formatTime(unixNano: string): string {
  const ms = Number(BigInt(unixNano) / 1_000_000n)
  // The contract's times are 64 bits, which is more than a Date can say.
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString().replace('T', ' ') : `${unixNano} ns`
}

/** Milliseconds from one time to another, with the nanoseconds as a fraction. */
export function msBetween(fromUnixNano: string, toUnixNano: string): number {
  return Number(BigInt(toUnixNano) - BigInt(fromUnixNano)) / 1e6
}

/** The share of a whole: `18 %`, and `<1 %` rather than a nought that is none. */
export function formatShare(part: number, whole: number): string {
  if (whole <= 0 || part <= 0) return '0 %'
  const percent = (100 * part) / whole
  return percent < 1 ? '<1 %' : `${Math.round(percent)} %`
}

function threeDigits(value: number): string {
  if (value >= 99.95) return value.toFixed(0)
  return value.toFixed(value >= 9.995 ? 1 : 2)
}

function twoUnits(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const smalls = Math.round(ms / small)
  const per = large / small
  const rest = smalls % per
  return `${Math.floor(smalls / per)} ${largeName}${rest === 0 ? '' : ` ${rest} ${smallName}`}`
}
