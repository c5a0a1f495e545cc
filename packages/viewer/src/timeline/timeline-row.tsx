import { memo, type ReactElement } from 'react'
import type { Attempt } from '../api/model.ts'
import { formatDuration } from '../format/duration.ts'
import { serviceColor } from '../ui/colors.ts'
import { ChevronIcon } from '../ui/icons.tsx'
import type { Bar } from './bars.ts'
import type { Interval, Piece } from './fold.ts'
import type { Row } from './rows.ts'
import { timeToU, uToView, type View } from './scale.ts'
import { percentOf } from './use-view.ts'

interface Props {
  row: Row
  position: number
  top: number
  bars: readonly Bar[]
  critical: readonly Interval[] | undefined
  pieces: readonly Piece[]
  view: View
  collapsed: boolean
  selected: boolean
  tabIndex: number
  toggle: (row: Row) => void
  pick: (row: Row) => void
  onFocus: (row: Row) => void
}

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
      aria-label={labelOf(row, bars)}
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
        <Name row={row} />
        {collapsed && <span className="timeline-count">{row.descendants}</span>}
      </div>
      <div role="gridcell" className="timeline-bars">
        {bars.map((bar) => (
          <span
            key={`${bar.kind} ${bar.from}`}
            className={bar.kind === 'work' || bar.kind === 'handled' ? 'bar' : 'bar kind-fill'}
            data-kind={bar.kind}
            data-failed={bar.failed}
            style={place(bar, pieces, view)}
          />
        ))}
        {critical?.map((interval) => (
          <span key={interval.from} className="bar-critical" style={place(interval, pieces, view)} />
        ))}
        <BarLabel bars={bars} row={row} pieces={pieces} view={view} />
      </div>
    </div>
  )
})

function Name({ row }: { row: Row }): ReactElement {
  if (row.kind === 'message') {
    const { system, destination, state } = row.message
    return (
      <>
        <span className="queue-glyph" aria-hidden="true" />
        <span className="truncate">
          <span className="timeline-destination">{destination}</span> <span className="muted">{system}</span>
        </span>
        {state !== 'processed' && (
          <span className="tag" data-state={state}>
            {state.replace('-', ' ')}
          </span>
        )}
      </>
    )
  }
  const { step, attempt } = row
  return (
    <>
      <span className="swatch" aria-hidden="true" />
      {attempt && <AttemptTag attempt={attempt} />}
      <span className="truncate">
        {step.name} <span className="muted">{step.service}</span>
      </span>
      {step.status === 'error' && (
        <span className="tag" data-state="failed">
          {step.errorType ?? 'error'}
        </span>
      )}
      {step.shared && <span className="tag">shared</span>}
    </>
  )
}

function AttemptTag({ attempt }: { attempt: Attempt }): ReactElement {
  const failed = attempt.outcome === 'failed' || attempt.outcome === 'settled-negatively'
  return (
    <span className="tag attempt" data-state={failed ? 'failed' : attempt.outcome}>
      #{attempt.number}
    </span>
  )
}

/** About how wide a letter and the whole column of bars are, in pixels; to choose a side for a label. */
const LETTER = 6.2
const COLUMN = 720

/** The length of the row's bars: beside them where there is room, else over their end. */
function BarLabel({
  bars,
  row,
  pieces,
  view,
}: Pick<Props, 'bars' | 'row' | 'pieces' | 'view'>): ReactElement | null {
  const [first] = bars
  if (!first) return null
  const start = uToView(view, timeToU(pieces, first.from))
  const end = uToView(view, timeToU(pieces, Math.max(...bars.map((bar) => bar.to))))
  if (end < 0 || start > 1) return null
  const text = row.kind === 'message' ? waits(bars) : formatDuration(first.to - first.from)
  const need = (text.length * LETTER + 12) / COLUMN
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

function labelOf(row: Row, bars: readonly Bar[]): string {
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

function place(interval: Interval, pieces: readonly Piece[], view: View): { left: string; width: string } {
  return percentOf(view, timeToU(pieces, interval.from), timeToU(pieces, interval.to))
}
