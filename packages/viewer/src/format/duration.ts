const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: MINUTE, h: HOUR, d: DAY }

/** A duration of milliseconds as people say it: three digits at most, or two units from a minute on. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '–'
  if (ms < 0) return `−${formatDuration(-ms)}`
  if (ms === 0) return '0 ms'
  if (ms < 0.001) return `${Math.round(ms * 1e6)} ns`
  if (ms < 0.9995) return `${threeDigits(ms * 1000)} µs`
  if (ms < 999.5) return `${threeDigits(ms)} ms`
  if (ms < 59_950) return `${threeDigits(ms / 1000)} s`
  if (ms < HOUR - 500) return twoUnits(ms, MINUTE, 'm', 1000, 's')
  if (ms < DAY - MINUTE / 2) return twoUnits(ms, HOUR, 'h', MINUTE, 'm')
  return twoUnits(ms, DAY, 'd', HOUR, 'h')
}

/** Reads `250`, `250ms`, `1.5 s`, `2m`, `3h`, `1d` as milliseconds; nothing for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?\s*$/i.exec(text)
  if (!match) return undefined
  return Number(match[1]) * (UNITS[match[2]?.toLowerCase() ?? 'ms'] ?? 1)
}

function threeDigits(value: number): string {
  if (value >= 99.95) return String(Math.round(value))
  return String(Number(value.toPrecision(3)))
}

function twoUnits(ms: number, big: number, bigName: string, small: number, smallName: string): string {
  const rounded = Math.round(ms / small)
  const perBig = big / small
  const rest = rounded % perBig
  const whole = `${Math.floor(rounded / perBig)} ${bigName}`
  return rest === 0 ? whole : `${whole} ${rest} ${smallName}`
}
