import {
  useEffect,
  useRef,
  useState,
  type Dispatch,
  type KeyboardEvent,
  type RefObject,
  type SetStateAction,
} from 'react'
import { useShortcuts } from '../ui/use-shortcuts.ts'
import type { Row } from './rows.ts'
import { pan, WHOLE, zoom, type View } from './scale.ts'

interface Options {
  rows: readonly Row[]
  collapsed: ReadonlySet<string>
  scroller: RefObject<HTMLElement | null>
  scrollTo: (at: number) => void
  toggle: (row: Row) => void
  pick: (row: Row) => void
  setView: Dispatch<SetStateAction<View>>
  toggleFold: () => void
}

/** The keys of a tree grid (ARIA Authoring Practices), and those of the time axis. */
export function useTimelineKeys(options: Options): {
  currentId: string | undefined
  onKeyDown: (event: KeyboardEvent) => void
  onFocus: (row: Row) => void
} {
  const { rows, collapsed, scroller, scrollTo, toggle, pick, setView, toggleFold } = options
  const [current, setCurrent] = useState<string>()
  const wanted = useRef<string>(undefined)
  const at = Math.max(
    0,
    rows.findIndex((row) => row.id === current),
  )
  const row = rows[at]

  useEffect(() => {
    if (wanted.current === undefined) return
    const element = scroller.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(wanted.current)}"]`)
    if (!element) return
    element.focus({ preventScroll: true })
    wanted.current = undefined
  })

  const moveTo = (target: number): void => {
    const next = Math.min(rows.length - 1, Math.max(0, target))
    wanted.current = rows[next]?.id
    setCurrent(wanted.current)
    scrollTo(next)
  }
  const parentOf = (from: number): number => {
    const level = rows[from]?.level ?? 1
    for (let above = from - 1; above >= 0; above -= 1) if ((rows[above]?.level ?? 1) < level) return above
    return from
  }
  const handlers: Record<string, () => void> = {
    ArrowDown: () => moveTo(at + 1),
    ArrowUp: () => moveTo(at - 1),
    PageDown: () => moveTo(at + 20),
    PageUp: () => moveTo(at - 20),
    Home: () => moveTo(0),
    End: () => moveTo(rows.length - 1),
    ArrowRight: () => {
      if (row?.hasChildren && collapsed.has(row.id)) toggle(row)
      else if (row?.hasChildren) moveTo(at + 1)
    },
    ArrowLeft: () => {
      if (row?.hasChildren && !collapsed.has(row.id)) toggle(row)
      else moveTo(parentOf(at))
    },
    Enter: () => row && pick(row),
    ' ': () => row && pick(row),
  }
  useShortcuts({
    '+': () => setView((view) => zoom(view, 0.6, 0.5)),
    '=': () => setView((view) => zoom(view, 0.6, 0.5)),
    '-': () => setView((view) => zoom(view, 1 / 0.6, 0.5)),
    '0': () => setView(WHOLE),
    f: toggleFold,
    ArrowLeft: (event) => event.shiftKey && setView((view) => pan(view, -0.2)),
    ArrowRight: (event) => event.shiftKey && setView((view) => pan(view, 0.2)),
    // From anywhere on the page the arrows lead into the rows.
    ArrowDown: () => moveTo(at),
    ArrowUp: () => moveTo(at),
  })
  const onKeyDown = (event: KeyboardEvent): void => {
    const onRow = event.target instanceof HTMLElement && event.target.matches('[data-row]')
    if (!onRow || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return
    const handler = handlers[event.key]
    if (!handler) return
    event.preventDefault()
    handler()
  }
  return { currentId: row?.id, onKeyDown, onFocus: (focused) => setCurrent(focused.id) }
}
