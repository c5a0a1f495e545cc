import { formatDuration } from '../format/duration.ts'
import type { Piece } from './fold.ts'
import { timeToU, uToTime, uToView, type View } from './scale.ts'

export interface Tick {
  /** Fraction of what is in sight, 0 to 1. */
  at: number
  label: string
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** A tick's label needs this share of what is in sight, and must not touch that of the next gap. */
const LABEL_ROOM = 0.03
/** Round steps from a minute on; below it steps are 1, 2 or 5 times a power of ten. */
const LONG_STEPS = [
  ...[1, 2, 5, 10, 15, 30].flatMap((n) => [n * SECOND, n * MINUTE]),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((n) => n * DAY),
].sort((a, b) => a - b)

/**
 * Round times on the axis. Before the first folded gap they count from the flow's start; behind a gap
 * they count from the end of that gap, marked with a plus.
 */
export function ticksOf(pieces: readonly Piece[], view: View, target = 8): Tick[] {
  const ticks: Tick[] = []
  for (const [position, piece] of pieces.entries()) {
    const fromU = Math.max(piece.fromU, view.from)
    const toU = Math.min(piece.toU, view.to)
    if (piece.folded || toU <= fromU) continue
    const wanted = (target * (toU - fromU)) / (view.to - view.from)
    const from = uToTime([piece], fromU) - piece.from
    const to = uToTime([piece], toU) - piece.from
    const step = roundStep((to - from) / Math.max(1, wanted))
    if (step <= 0) continue
    // A tick at the very start of a later piece would touch the gap's own label.
    const first = Math.max(Math.ceil(from / step - 1e-9), position === 0 ? 0 : 1)
    const end = position === pieces.length - 1 ? 1 : uToView(view, piece.toU) - LABEL_ROOM
    for (let n = first; n * step <= to * (1 + 1e-9); n += 1) {
      const label = `${position === 0 ? '' : '+'}${formatDuration(n * step)}`
      const at = uToView(view, timeToU([piece], piece.from + n * step))
      if (at <= end) ticks.push({ at, label })
    }
  }
  return ticks
}

/** The smallest round step that is at least `ms`. */
export function roundStep(ms: number): number {
  if (ms <= 0) return 0
  if (ms > SECOND) return LONG_STEPS.find((step) => step >= ms) ?? 1000 * DAY
  const power = 10 ** Math.floor(Math.log10(ms))
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= ms * (1 - 1e-9)) ?? 10
  return factor * power
}
