const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const grouped = new Intl.NumberFormat('en')

/** Up to four digits as they are, beyond that `12.3K`. */
export function formatCount(count: number): string {
  return count < 10_000 ? grouped.format(count) : compact.format(count)
}

/** `1 flow`, `2 flows`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}
