import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useEffect, useMemo, useRef, useState, type ReactElement } from 'react'
import type { FlowIndex } from '../flow/flow-index.ts'
import { formatSelection, type Selection } from '../flow/refs.ts'
import type { Visits } from '../flow/visits.ts'
import { Axis } from './axis.tsx'
import { barsOf, criticalIntervals, extentOf, intervalOf } from './bars.ts'
import { foldTime, unfolded, type Piece } from './fold.ts'
import { GapBands } from './gap-bands.tsx'
import { buildRows, visibleRows, type Row } from './rows.ts'
import { TimelineRow } from './timeline-row.tsx'
import { useTimelineKeys } from './use-timeline-keys.ts'
import { useView } from './use-view.ts'
import './timeline.css'

const ROW_HEIGHT = 27

interface Props {
  index: FlowIndex
  visits: Visits
  selection: Selection | undefined
  select: (selection: Selection | undefined) => void
}

/** Steps and messages as rows below what caused them, over a time axis without its long gaps. */
export function Timeline({ index, visits, selection, select }: Props): ReactElement {
  const { flow } = index
  const scroller = useRef<HTMLDivElement>(null)
  const [fold, setFold] = useState(true)
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set())
  const allRows = useMemo(() => buildRows(index, visits), [index, visits])
  const rows = useMemo(() => visibleRows(allRows, collapsed), [allRows, collapsed])
  const bars = useMemo(() => new Map(rows.map((row) => [row.id, barsOf(row, index)])), [rows, index])
  const critical = useMemo(() => criticalIntervals(flow), [flow])
  const pieces = useMemo(() => piecesOf(index, fold), [index, fold])
  const { view, setView, width, axisProps } = useView(scroller)

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (at) => rows[at]?.id ?? at,
    overscan: 15,
    scrollPaddingStart: 60,
  })
  const toggle = useCallback((row: Row) => setCollapsed((before) => toggled(before, row.id)), [])
  const pick = useCallback((row: Row) => select(row.selection), [select])
  const keys = useTimelineKeys({
    rows,
    collapsed,
    scroller,
    scrollTo: (at) => virtual.scrollToIndex(at),
    toggle,
    pick,
    setView,
    toggleFold: () => setFold((before) => !before),
  })
  const selectedId = selection && formatSelection(selection)
  useScrollToSelected(rows, selectedId, (at) => virtual.scrollToIndex(at, { align: 'auto' }))

  return (
    <div
      ref={scroller}
      className="timeline"
      role="treegrid"
      aria-label="Steps and messages over time"
      aria-rowcount={rows.length}
      onKeyDown={keys.onKeyDown}
    >
      <div className="timeline-head">
        <div className="timeline-tools">
          <button type="button" className="button" aria-pressed={fold} onClick={() => setFold(!fold)}>
            Fold gaps
          </button>
          {view.to - view.from < 1 && (
            <button type="button" className="button" onClick={() => setView({ from: 0, to: 1 })}>
              Show all
            </button>
          )}
        </div>
        <Axis flow={flow} pieces={pieces} view={view} setView={setView} {...axisProps} />
      </div>
      <div className="timeline-body" style={{ height: virtual.getTotalSize() }}>
        <GapBands pieces={pieces} view={view} />
        {virtual.getVirtualItems().map(({ index: at, start, key }) => {
          const row = rows[at]
          return row ? (
            <TimelineRow
              key={key}
              row={row}
              position={at}
              top={start}
              bars={bars.get(row.id) ?? []}
              critical={critical.get(row.id)}
              pieces={pieces}
              view={view}
              width={width}
              collapsed={collapsed.has(row.id)}
              selected={row.id === selectedId}
              tabIndex={row.id === keys.currentId ? 0 : -1}
              toggle={toggle}
              pick={pick}
              onFocus={keys.onFocus}
            />
          ) : null
        })}
      </div>
    </div>
  )
}

function piecesOf({ flow, steps }: FlowIndex, fold: boolean): Piece[] {
  const total = extentOf(flow)
  if (!fold) return unfolded(total)
  // Who polls only waits, however long the call takes.
  const busy = [...steps.values()].filter(({ operation }) => operation !== 'receive')
  return foldTime(
    busy.map((step) => intervalOf(flow, step)),
    total,
  )
}

function toggled(set: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(set)
  if (!next.delete(id)) next.add(id)
  return next
}

function useScrollToSelected(
  rows: readonly Row[],
  selectedId: string | undefined,
  scrollTo: (at: number) => void,
): void {
  const latest = useRef({ rows, scrollTo })
  latest.current = { rows, scrollTo }
  useEffect(() => {
    const at = latest.current.rows.findIndex((row) => row.id === selectedId)
    if (at >= 0) latest.current.scrollTo(at)
  }, [selectedId])
}
