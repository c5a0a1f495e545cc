import stringWidth from 'string-width'
import type { Look, Paint } from './style.ts'

/** A stretch of text with one look. */
export interface Piece {
  text: string
  look: Look
}

/** A `Piece` of what a span, a message or a server said: nothing in it can steer the terminal. */
export function piece(text: string, look: Look = 'plain'): Piece {
  return { text: harmless(text), look }
}

/** Control and format characters (escape sequences, newlines, bidirectional overrides) made visible as `·`. */
export function harmless(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '·')
}

/** A count with its noun: `1 step`, `2 steps`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Columns that pieces take in a terminal. */
export function widthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { text }) => sum + stringWidth(text), 0)
}

/** Paints pieces into exactly `width` columns: padded on the right, or cut with an ellipsis. */
export function fit(pieces: readonly Piece[], width: number, paint: Paint): string {
  const natural = widthOf(pieces)
  if (natural <= width) return painted(pieces, paint) + ' '.repeat(width - natural)
  return painted(cut(pieces, width), paint)
}

/** The same, padded on the left. */
export function fitRight(pieces: readonly Piece[], width: number, paint: Paint): string {
  const natural = widthOf(pieces)
  return natural <= width ? ' '.repeat(width - natural) + painted(pieces, paint) : fit(pieces, width, paint)
}

function painted(pieces: readonly Piece[], paint: Paint): string {
  return pieces.map(({ look, text }) => paint(look, text)).join('')
}

function cut(pieces: readonly Piece[], width: number): Piece[] {
  const kept: Piece[] = []
  let left = width - 1
  for (const { text, look } of pieces) {
    const part = takeColumns(text, left)
    left -= stringWidth(part)
    if (part !== '') kept.push({ text: part, look })
    if (part !== text) break
  }
  // A wide character may not have fitted into the last column.
  return [...kept, { text: `…${' '.repeat(left)}`, look: 'faint' }]
}

function takeColumns(text: string, columns: number): string {
  let taken = ''
  let width = 0
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += stringWidth(segment)
    if (width > columns) break
    taken += segment
  }
  return taken
}
