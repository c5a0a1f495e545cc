/** A stretch of time in milliseconds since the flow's start. */
export interface Interval {
  from: number
  to: number
}

/** A stretch of the time axis; `u` runs from 0 to 1 over the whole axis. */
export interface Piece extends Interval {
  fromU: number
  toU: number
  /** Nothing ran here and it is drawn much shorter than it was. */
  folded: boolean
}

export interface FoldOptions {
  /** A gap is folded when it is longer than this many times all that is shown in full. */
  factor?: number
  /** Shorter gaps are never folded. */
  minGapMs?: number
  /** What one folded gap takes of the axis. */
  gapShare?: number
}

/** Cuts the time from 0 to `totalMs` into pieces, with the long gaps between `busy` intervals folded. */
export function foldTime(
  busy: readonly Interval[],
  totalMs: number,
  { factor = 5, minGapMs = 1000, gapShare = 0.06 }: FoldOptions = {},
): Piece[] {
  const gaps = findGaps(busy, totalMs)
  const folded = new Set(foldable(gaps, totalMs, factor, minGapMs))
  const stretches: Array<Interval & { folded: boolean }> = []
  let at = 0
  for (const gap of gaps.filter((gap) => folded.has(gap))) {
    if (gap.from > at) stretches.push({ from: at, to: gap.from, folded: false })
    stretches.push({ ...gap, folded: true })
    at = gap.to
  }
  if (at < totalMs || stretches.length === 0) stretches.push({ from: at, to: totalMs, folded: false })
  return layOut(stretches, folded.size, gapShare)
}

/** One piece, nothing folded. */
export function unfolded(totalMs: number): Piece[] {
  return [{ from: 0, to: totalMs, fromU: 0, toU: 1, folded: false }]
}

function findGaps(busy: readonly Interval[], totalMs: number): Interval[] {
  const gaps: Interval[] = []
  let at = 0
  for (const { from, to } of [...busy].sort((a, b) => a.from - b.from)) {
    if (from > at) gaps.push({ from: at, to: Math.min(from, totalMs) })
    at = Math.max(at, to)
  }
  if (at < totalMs) gaps.push({ from: at, to: totalMs })
  return gaps
}

/** From the shortest gap on: the first that dwarfs all that is shown so far, and every longer one. */
function foldable(gaps: readonly Interval[], totalMs: number, factor: number, minGapMs: number): Interval[] {
  const byLength = [...gaps].sort((a, b) => length(a) - length(b))
  let shown = totalMs - byLength.reduce((sum, gap) => sum + length(gap), 0)
  for (const [position, gap] of byLength.entries()) {
    if (length(gap) >= minGapMs && length(gap) > factor * shown) return byLength.slice(position)
    shown += length(gap)
  }
  return []
}

function layOut(
  stretches: ReadonlyArray<Interval & { folded: boolean }>,
  foldedCount: number,
  gapShare: number,
): Piece[] {
  const share = Math.min(gapShare, 0.4 / Math.max(1, foldedCount))
  const shownCount = stretches.length - foldedCount
  const shownMs = stretches.reduce((sum, stretch) => sum + (stretch.folded ? 0 : length(stretch)), 0)
  const room = 1 - share * foldedCount
  let u = 0
  return stretches.map((stretch, position) => {
    const fromU = u
    // A part of the room is dealt out evenly, so that a short burst of work days away stays visible.
    const even = shownCount === 0 ? 0 : 0.15 / shownCount
    const ratio = shownMs === 0 ? 1 / Math.max(1, shownCount) : length(stretch) / shownMs
    u += stretch.folded ? share : room * (even + 0.85 * ratio)
    return { ...stretch, fromU, toU: position === stretches.length - 1 ? 1 : u }
  })
}

function length(interval: Interval): number {
  return interval.to - interval.from
}
