import type { Flow, Segment } from '@flowstitch/correlator'
import type { Look, Paint } from './style.ts'
import { fit, fitRight, piece } from './text.ts'
import { formatDuration, formatShare, msBetween } from './time.ts'
import { keyOf } from './tree.ts'

const kinds: Record<Segment['kind'], { label: string; look: Look }> = {
  work: { label: 'working', look: 'good' },
  dwell: { label: 'in queues', look: 'waiting' },
  delay: { label: 'scheduled delay', look: 'message' },
  retry: { label: 'retrying', look: 'bad' },
  unknown: { label: 'unknown', look: 'faint' },
}

const MAX_NAMES = 3

/** The critical path summed up: how much of the flow's time was what, and whose. */
export function whereTimeWent(flow: Flow, width: number, paint: Paint): string[] {
  const barWidth = Math.min(Math.max(width - 76, 8), 24)
  return totalsOf(flow).map(({ kind, ms, names }) => {
    const { label, look } = kinds[kind]
    const columns = Math.max(1, Math.round((ms / flow.durationMs) * barWidth))
    const line = [
      piece('  '),
      piece(label.padEnd(16), look),
      { text: fitRight([piece(formatDuration(ms))], 11, paint), look: 'plain' as const },
      { text: fitRight([piece(formatShare(ms, flow.durationMs))], 7, paint), look: 'faint' as const },
      piece('  '),
      piece('█'.repeat(columns).padEnd(barWidth), look),
      piece('  '),
      piece(names, 'faint'),
    ]
    return fit(line, width, paint).trimEnd()
  })
}

interface Total {
  kind: Segment['kind']
  ms: number
  names: string
}

function totalsOf(flow: Flow): Total[] {
  const services = new Map(flow.steps.map((step) => [keyOf(step), step.service]))
  const destinations = new Map(
    flow.messages.map(({ key, system, destination }) => [key, `${system} ${destination}`]),
  )
  const byKind = new Map<Segment['kind'], Map<string, number>>()
  for (const segment of flow.criticalPath) {
    const ms = msBetween(segment.fromUnixNano, segment.toUnixNano)
    if (ms <= 0) continue
    const step = segment.step && services.get(keyOf(segment.step))
    const message = segment.messageKey === undefined ? undefined : destinations.get(segment.messageKey)
    const name = (segment.kind === 'work' ? (step ?? message) : (message ?? step)) ?? ''
    const byName = byKind.get(segment.kind) ?? new Map<string, number>()
    byKind.set(segment.kind, byName.set(name, (byName.get(name) ?? 0) + ms))
  }
  return [...byKind]
    .map(([kind, byName]) => ({ kind, ms: sum(byName.values()), names: largest(byName) }))
    .sort((a, b) => b.ms - a.ms)
}

function largest(byName: Map<string, number>): string {
  const named = [...byName].filter(([name]) => name !== '').sort(([, a], [, b]) => b - a)
  const shown = named.slice(0, MAX_NAMES).map(([name, ms]) => `${name} ${formatDuration(ms)}`)
  return [...shown, ...(named.length > MAX_NAMES ? [`${named.length - MAX_NAMES} more`] : [])].join(', ')
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0)
}
