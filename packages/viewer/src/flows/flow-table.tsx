import { useVirtualizer } from '@tanstack/react-virtual'
import {
  useEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactElement,
  type RefObject,
} from 'react'
import { useRareShapes } from '../api/queries.ts'
import { plural } from '../format/count.ts'
import { useNow } from '../ui/use-now.ts'
import { FlowRow } from './flow-row.tsx'
import type { FlowList } from './use-flow-list.ts'

const ROW_HEIGHT = 38
const COLUMNS = [
  'State',
  'Origin',
  'Services',
  'Destinations',
  'Started',
  'Duration',
  'Messages',
  'Attempts',
  'Errors',
]

export function FlowTable({
  list,
  setHold,
}: {
  list: FlowList
  setHold: (hold: boolean) => void
}): ReactElement {
  const { rows } = list
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (at) => rows[at]?.id ?? at,
    overscan: 10,
  })
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (list.hasMore && last >= rows.length - 20) list.loadMore()
  }, [list, last, rows.length])
  const longestMs = useMemo(() => rows.reduce((most, flow) => Math.max(most, flow.durationMs), 1), [rows])
  const keys = useRowKeys(rows.length, scroller, (at) => virtual.scrollToIndex(at))
  const holding = useHold(scroller, setHold)
  const now = useNow(1000)
  const rare = useRareShapes()

  const showHeld = (): void => {
    list.release()
    virtual.scrollToOffset(0)
  }
  return (
    <div className="flow-list" {...holding}>
      {list.held > 0 && (
        <button type="button" className="button primary flow-list-held" onClick={showHeld}>
          {plural(list.held, 'new flow')} ↑
        </button>
      )}
      <div
        ref={scroller}
        className="flow-table"
        role="table"
        aria-label="Flows"
        aria-rowcount={rows.length + 1}
        onKeyDown={keys.onKeyDown}
      >
        <div role="row" className="flow-columns flow-head" aria-rowindex={1}>
          {COLUMNS.map((name) => (
            <div key={name} role="columnheader">
              {name}
            </div>
          ))}
        </div>
        <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {items.map(({ index, start, key }) => {
            const flow = rows[index]
            return flow ? (
              <FlowRow
                key={key}
                flow={flow}
                position={index}
                top={start}
                longestMs={longestMs}
                now={now}
                rare={flow.state !== 'active' && rare.has(flow.shape)}
                tabIndex={index === Math.min(keys.current, rows.length - 1) ? 0 : -1}
              />
            ) : null
          })}
        </div>
      </div>
    </div>
  )
}

/** Up, down, Home and End move between the links of the rows, drawn or not. */
function useRowKeys(
  count: number,
  scroller: RefObject<HTMLDivElement | null>,
  scrollTo: (at: number) => void,
) {
  const [current, setCurrent] = useState(0)
  const [wanted, setWanted] = useState<number>()
  useEffect(() => {
    if (wanted === undefined) return
    const link = scroller.current?.querySelector<HTMLElement>(`[data-position="${wanted}"] a`)
    if (!link) return
    link.focus({ preventScroll: true })
    setWanted(undefined)
  })
  const targets: Record<string, number> = {
    ArrowDown: current + 1,
    ArrowUp: current - 1,
    PageDown: current + 15,
    PageUp: current - 15,
    Home: 0,
    End: count - 1,
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const target = targets[event.key]
    if (target === undefined) return
    event.preventDefault()
    const at = Math.min(count - 1, Math.max(0, target))
    setCurrent(at)
    setWanted(at)
    scrollTo(at)
  }
  return { current, onKeyDown }
}

/** A pointer that rests this long is not about to click. */
const POINTER_RESTS_MS = 5000

/** New flows wait while somebody points into the list, moves through it by keyboard or has scrolled away. */
function useHold(scroller: RefObject<HTMLDivElement | null>, setHold: (hold: boolean) => void) {
  const reasons = useRef({ pointer: false, focus: false, scrolled: false })
  const rest = useRef<ReturnType<typeof setTimeout>>(undefined)
  const note = (change: Partial<typeof reasons.current>): void => {
    Object.assign(reasons.current, change)
    setHold(Object.values(reasons.current).includes(true))
  }
  const point = (pointer: boolean): void => {
    clearTimeout(rest.current)
    if (pointer) rest.current = setTimeout(() => note({ pointer: false }), POINTER_RESTS_MS)
    note({ pointer })
  }
  useEffect(
    () => () => {
      clearTimeout(rest.current)
      setHold(false)
    },
    [setHold],
  )
  return {
    onPointerMove: () => point(true),
    onPointerLeave: () => point(false),
    onFocus: () => note({ focus: scroller.current?.querySelector('a:focus-visible') != null }),
    onBlur: () => note({ focus: false }),
    onScrollCapture: () => note({ scrolled: (scroller.current?.scrollTop ?? 0) > 4 }),
  }
}
