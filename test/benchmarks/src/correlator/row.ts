import { summarise, type Summary } from '../statistics.ts'

/** One promise of the correlator: what was measured, and what the goal is. */
export interface Row {
  readonly what: string
  readonly unit: string
  readonly value: Summary
  readonly goal?: Goal
}

/** A bound that the median has to keep. */
export interface Goal {
  readonly atLeast?: number
  readonly atMost?: number
}

export function row(what: string, unit: string, values: readonly number[], goal?: Goal): Row {
  return { what, unit, value: summarise(values), ...(goal && { goal }) }
}

function isMet({ value: { median }, goal: { atLeast = -Infinity, atMost = Infinity } = {} }: Row): boolean {
  return median >= atLeast && median <= atMost
}

/** The rows as a table in Markdown. */
export function rowTable(rows: readonly Row[]): string {
  return ['| what | measured | goal | met |', '|---|---|---|---|', ...rows.map(rowText)].join('\n')
}

/** A line of it. */
export function rowText(one: Row): string {
  const { what, unit, value, goal } = one
  const spread = value.spread > 0 ? ` ± ${shown(value.spread / 2)}` : ''
  const met = goal ? (isMet(one) ? 'yes' : 'no') : ''
  return `| ${what} | ${shown(value.median)}${spread} ${unit} | ${goal ? goalText(goal, unit) : ''} | ${met} |`
}

function goalText({ atLeast, atMost }: Goal, unit: string): string {
  return atLeast === undefined ? `≤ ${shown(atMost!)} ${unit}` : `≥ ${shown(atLeast)} ${unit}`
}

/** Three digits are more than the noise allows. */
function shown(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}

/** Nearest rank, so that what is told was measured. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * share) - 1] ?? NaN
}
