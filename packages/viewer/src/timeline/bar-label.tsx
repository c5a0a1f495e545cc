import type { ReactElement } from 'react'
import type { Bar } from './bars.ts'
import type { Piece } from './fold.ts'
import { timeToU, uToView, type View } from './scale.ts'

/** About how wide a letter is, in pixels; to choose a side for a label. */
const LETTER = 6.2

interface Props {
  text: string
  bars: readonly Bar[]
  pieces: readonly Piece[]
  view: View
  /** Of the time axis, in pixels. */
  width: number
}

/** The length of a row's bars: beside them where there is room, else over their end. */
export function BarLabel({ text, bars, pieces, view, width }: Props): ReactElement | null {
  const [first] = bars
  if (!first) return null
  const start = uToView(view, timeToU(pieces, first.from))
  const end = uToView(view, timeToU(pieces, Math.max(...bars.map((bar) => bar.to))))
  if (end < 0 || start > 1) return null
  const need = (text.length * LETTER + 12) / width
  const fitsAfter = 1 - end > need
  const fitsBefore = start > need
  const style = fitsAfter
    ? { left: `calc(${end * 100}% + 6px)` }
    : { right: fitsBefore ? `calc(${(1 - start) * 100}% + 6px)` : 4 }
  return (
    <span className="bar-label" data-over={!fitsAfter && !fitsBefore} style={style}>
      {text}
    </span>
  )
}
