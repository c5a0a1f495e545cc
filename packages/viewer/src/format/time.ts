const UNITS: ReadonlyArray<[ms: number, name: string]> = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1000, 's'],
]

/** Milliseconds from one time to another; both are decimal strings of nanoseconds since the epoch. */
export function msBetween(fromUnixNano: string, toUnixNano: string): number {
  return Number(BigInt(toUnixNano) - BigInt(fromUnixNano)) / 1e6
}

/** Orders two times without parsing them: they are decimal strings without leading zeros. */
export function compareTimes(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  if (a === b) return 0
  return a < b ? -1 : 1
}

export function toUnixNano(epochMs: number): string {
  return `${BigInt(Math.round(epochMs)) * 1_000_000n}`
}

/** The local date and time with microseconds, as `2026-11-03 14:22:01.123456`. */
export function formatAbsolute(unixNano: string): string {
  const date = toDate(unixNano)
  return `${formatDay(date)} ${formatClock(date)}.${fraction(unixNano).slice(0, 6)}`
}

/** `just now`, `12 s ago`, `2 d ago`; `in 3 m` for times well ahead of this clock. */
export function formatAgo(unixNano: string, now: number): string {
  const ms = now - Number(BigInt(unixNano) / 1_000_000n)
  if (ms < 1000 && ms > -60_000) return 'just now'
  const [size, name] = UNITS.find(([unit]) => Math.abs(ms) >= unit) ?? [1000, 's']
  const text = `${Math.floor(Math.abs(ms) / size)} ${name}`
  return ms > 0 ? `${text} ago` : `in ${text}`
}

function toDate(unixNano: string): Date {
  return new Date(Number(BigInt(unixNano) / 1_000_000n))
}

function fraction(unixNano: string): string {
  return unixNano.padStart(10, '0').slice(-9)
}

function formatDay(date: Date): string {
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
}

function formatClock(date: Date): string {
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}
