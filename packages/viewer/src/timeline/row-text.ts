import { formatDuration } from '../format/duration.ts'
import type { Bar } from './bars.ts'
import type { Row } from './rows.ts'

/** How long a row took: a step's duration, or how long a message waited. */
export function barText(row: Row, bars: readonly Bar[]): string {
  const [first] = bars
  if (!first) return ''
  return row.kind === 'message' ? waits(bars) : formatDuration(first.to - first.from)
}

/** A row in one sentence, for who can't see its bars. */
export function describeRow(row: Row, bars: readonly Bar[]): string {
  if (row.kind === 'message') {
    const { system, destination, state } = row.message
    const waited = waits(bars)
    return `Message in ${system} ${destination}, ${state.replace('-', ' ')}${waited && `, ${waited}`}`
  }
  const { step, attempt } = row
  const duration = bars[0] ? `, ${formatDuration(bars[0].to - bars[0].from)}` : ''
  const outcome = attempt ? `, attempt ${attempt.number} ${attempt.outcome}` : ''
  return `Step ${step.name}, ${step.service}${outcome}${duration}${row.critical ? ', critical path' : ''}`
}

function waits(bars: readonly Bar[]): string {
  const sum = (kind: Bar['kind']): number =>
    bars.reduce((ms, bar) => ms + (bar.kind === kind ? bar.to - bar.from : 0), 0)
  if (sum('open') > 0) return 'still in queue'
  const [dwell, retry] = [sum('dwell'), sum('retry')]
  const parts = [
    dwell > 0 && `${formatDuration(dwell)} in queue`,
    retry > 0 && `${formatDuration(retry)} to retries`,
  ]
  return parts.filter(Boolean).join(', ')
}
