import { memo, type ReactElement } from 'react'
import type { Piece } from './fold.ts'
import { ticksOf } from './ticks.ts'
import type { View } from './scale.ts'
import { percentOf } from './use-view.ts'

/** What lies behind all rows: a line at each tick, and a band where a gap is folded. */
export const GapBands = memo(function GapBands({
  pieces,
  view,
}: {
  pieces: readonly Piece[]
  view: View
}): ReactElement {
  return (
    <div className="timeline-back" aria-hidden="true">
      {ticksOf(pieces, view).map(({ at, label }) => (
        <span key={`${at} ${label}`} className="timeline-line" style={{ left: `${at * 100}%` }} />
      ))}
      {pieces
        .filter((piece) => piece.folded)
        .map((piece) => (
          <span key={piece.from} className="timeline-gap" style={percentOf(view, piece.fromU, piece.toU)} />
        ))}
    </div>
  )
})
