import { memo, type ReactElement } from 'react'
import { serviceColor } from '../ui/colors.ts'
import { ChevronIcon } from '../ui/icons.tsx'
import { BarLabel } from './bar-label.tsx'
import type { Bar } from './bars.ts'
import type { Interval, Piece } from './fold.ts'
import { RowName } from './row-name.tsx'
import { barText, describeRow } from './row-text.ts'
import type { Row } from './rows.ts'
import { timeToU, type View } from './scale.ts'
import { percentOf } from './use-view.ts'

interface Props {
  row: Row
  position: number
  top: number
  bars: readonly Bar[]
  critical: readonly Interval[] | undefined
  pieces: readonly Piece[]
  view: View
  /** Of the time axis, in pixels. */
  width: number
  collapsed: boolean
  selected: boolean
  tabIndex: number
  toggle: (row: Row) => void
  pick: (row: Row) => void
  onFocus: (row: Row) => void
}

const SOLID: ReadonlySet<Bar['kind']> = new Set(['work', 'poll', 'handled'])
const INDENT = 13
/** Deeper rows keep this indent, so that their names stay readable; the level is told to screen readers. */
const DEEPEST_INDENT = 14

export const TimelineRow = memo(function TimelineRow(props: Props): ReactElement {
  const { row, bars, critical, pieces, view, collapsed } = props
  return (
    <div
      role="row"
      className="timeline-row"
      data-row={row.id}
      data-kind={row.kind}
      data-attempt={row.kind === 'step' && row.attempt !== undefined}
      aria-level={row.level}
      aria-rowindex={props.position + 1}
      aria-expanded={row.hasChildren ? !collapsed : undefined}
      aria-selected={props.selected}
      aria-label={describeRow(row, bars)}
      tabIndex={props.tabIndex}
      style={
        {
          transform: `translateY(${props.top}px)`,
          '--color': row.kind === 'step' ? serviceColor(row.step.service) : undefined,
        } as React.CSSProperties
      }
      onClick={() => props.pick(row)}
      onFocus={() => props.onFocus(row)}
    >
      <div
        role="gridcell"
        className="timeline-name"
        style={{ paddingInlineStart: 10 + INDENT * Math.min(row.indent, DEEPEST_INDENT) }}
      >
        {row.hasChildren ? (
          <button
            type="button"
            tabIndex={-1}
            className="timeline-toggle"
            data-open={!collapsed}
            aria-label={collapsed ? 'Expand' : 'Collapse'}
            onClick={(event) => {
              event.stopPropagation()
              props.toggle(row)
            }}
          >
            <ChevronIcon />
          </button>
        ) : (
          <span className="timeline-toggle" />
        )}
        <RowName row={row} />
        {collapsed && <span className="timeline-count">{row.descendants}</span>}
      </div>
      <div role="gridcell" className="timeline-bars">
        {bars.map((bar) => (
          <span
            key={`${bar.kind} ${bar.from}`}
            className={SOLID.has(bar.kind) ? 'bar' : 'bar kind-fill'}
            data-kind={bar.kind}
            data-failed={bar.failed}
            style={place(bar, pieces, view)}
          />
        ))}
        {critical?.map((interval) => (
          <span key={interval.from} className="bar-critical" style={place(interval, pieces, view)} />
        ))}
        <BarLabel text={barText(row, bars)} bars={bars} pieces={pieces} view={view} width={props.width} />
      </div>
    </div>
  )
})

function place(interval: Interval, pieces: readonly Piece[], view: View): { left: string; width: string } {
  return percentOf(view, timeToU(pieces, interval.from), timeToU(pieces, interval.to))
}
