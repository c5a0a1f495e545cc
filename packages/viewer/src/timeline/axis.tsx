import type { Dispatch, PointerEvent, ReactElement, RefObject, SetStateAction } from 'react'
import type { Flow } from '@flowstitch/correlator'
import { KIND_MEANING } from '../flow/breakdown.ts'
import { formatDuration } from '../format/duration.ts'
import { msBetween } from '../format/time.ts'
import type { Piece } from './fold.ts'
import { timeToU, WHOLE, type View } from './scale.ts'
import { ticksOf } from './ticks.ts'
import { percentOf } from './use-view.ts'

interface Props {
  flow: Flow
  pieces: readonly Piece[]
  view: View
  setView: Dispatch<SetStateAction<View>>
  axisRef: RefObject<HTMLDivElement | null>
  brush: View | undefined
  onPointerDown: (event: PointerEvent) => void
  onPointerMove: (event: PointerEvent) => void
  onPointerUp: () => void
}

/** The time axis; below it the critical path from the flow's start to its end, by kind of time. */
export function Axis(props: Props): ReactElement {
  const { flow, pieces, view, setView, axisRef, brush, ...pointer } = props
  return (
    <div
      ref={axisRef}
      className="axis"
      {...pointer}
      onDoubleClick={() => setView(WHOLE)}
      title="Drag to look closer, double-click to see everything"
    >
      {ticksOf(pieces, view).map(({ at, label }) => (
        <span key={`${at} ${label}`} className="axis-tick" style={{ left: `${at * 100}%` }}>
          {label}
        </span>
      ))}
      {pieces
        .filter((piece) => piece.folded)
        .map((piece) => (
          <span
            key={piece.from}
            className="axis-gap"
            role="note"
            aria-label={`Folded gap of ${formatDuration(piece.to - piece.from)}`}
            style={percentOf(view, piece.fromU, piece.toU)}
          >
            {formatDuration(piece.to - piece.from)}
          </span>
        ))}
      <div className="axis-critical" role="img" aria-label="Critical path">
        {flow.criticalPath.map(({ kind, fromUnixNano, toUnixNano }) => {
          const from = msBetween(flow.startTimeUnixNano, fromUnixNano)
          const to = msBetween(flow.startTimeUnixNano, toUnixNano)
          return (
            <span
              key={`${fromUnixNano} ${kind}`}
              className="kind-fill"
              data-kind={kind}
              title={`${kind}, ${formatDuration(to - from)}: ${KIND_MEANING[kind]}`}
              style={percentOf(view, timeToU(pieces, from), timeToU(pieces, to))}
            />
          )
        })}
      </div>
      {brush && <span className="axis-brush" style={percentOf(WHOLE, brush.from, brush.to)} />}
    </div>
  )
}
