import type { Piece } from './fold.ts'

/** The part of the axis that is in sight, within 0 to 1. */
export interface View {
  from: number
  to: number
}

export const WHOLE: View = { from: 0, to: 1 }

const CLOSEST = 1e-5

/** Where a time stands on the axis, 0 to 1. */
export function timeToU(pieces: readonly Piece[], ms: number): number {
  const piece = pieces[findPiece(pieces, (candidate) => ms <= candidate.to)]
  if (!piece) return 0
  const share = piece.to === piece.from ? 0 : (ms - piece.from) / (piece.to - piece.from)
  return piece.fromU + clamp(share, 0, 1) * (piece.toU - piece.fromU)
}

export function uToTime(pieces: readonly Piece[], u: number): number {
  const piece = pieces[findPiece(pieces, (candidate) => u <= candidate.toU)]
  if (!piece) return 0
  const share = piece.toU === piece.fromU ? 0 : (u - piece.fromU) / (piece.toU - piece.fromU)
  return piece.from + clamp(share, 0, 1) * (piece.to - piece.from)
}

/** A place on the axis as a fraction of what is in sight; outside of 0 to 1 where it is out of sight. */
export function uToView(view: View, u: number): number {
  return (u - view.from) / (view.to - view.from)
}

/** Makes what is in sight `factor` times as long, keeping the place `anchor` (0 to 1 of the sight) still. */
export function zoom(view: View, factor: number, anchor: number): View {
  const span = clamp((view.to - view.from) * factor, CLOSEST, 1)
  const still = view.from + anchor * (view.to - view.from)
  return within(still - anchor * span, span)
}

/** Moves the sight by a fraction of itself. */
export function pan(view: View, by: number): View {
  const span = view.to - view.from
  return within(view.from + by * span, span)
}

function within(from: number, span: number): View {
  const start = clamp(from, 0, 1 - span)
  return { from: start, to: start + span }
}

function findPiece(pieces: readonly Piece[], reaches: (piece: Piece) => boolean): number {
  let low = 0
  let high = pieces.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (reaches(pieces[middle] as Piece)) high = middle
    else low = middle + 1
  }
  return low
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
