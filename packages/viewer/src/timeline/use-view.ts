import {
  useEffect,
  useRef,
  useState,
  type Dispatch,
  type PointerEvent,
  type RefObject,
  type SetStateAction,
} from 'react'
import { pan, uToView, WHOLE, zoom, type View } from './scale.ts'

interface AxisProps {
  axisRef: RefObject<HTMLDivElement | null>
  /** The stretch that is being dragged over, as fractions of what is in sight. */
  brush: View | undefined
  onPointerDown: (event: PointerEvent) => void
  onPointerMove: (event: PointerEvent) => void
  onPointerUp: () => void
}

const SHORTEST_BRUSH = 0.01

/** What is in sight: Ctrl and wheel zooms, Shift and wheel or a sideways wheel pans, dragging over the axis picks. */
export function useView(scroller: RefObject<HTMLElement | null>): {
  view: View
  setView: Dispatch<SetStateAction<View>>
  /** How wide the axis is, in pixels. */
  width: number
  axisProps: AxisProps
} {
  const [view, setView] = useState(WHOLE)
  const [brush, setBrush] = useState<View>()
  const axisRef = useRef<HTMLDivElement>(null)
  const start = useRef<number>(undefined)
  const [width, setWidth] = useState(720)

  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width))
    if (axisRef.current) observer.observe(axisRef.current)
    return () => observer.disconnect()
  }, [])

  useEffect(() => {
    const element = scroller.current
    const onWheel = (event: WheelEvent): void => {
      const box = axisRef.current?.getBoundingClientRect()
      if (!box) return
      const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX
      if (event.ctrlKey || event.metaKey) {
        const anchor = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))
        setView((before) => zoom(before, Math.exp(event.deltaY / 240), anchor))
      } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
        setView((before) => pan(before, sideways / box.width))
      } else return
      event.preventDefault()
    }
    // React listens passively to wheels, and a passive listener can't keep the page from zooming.
    element?.addEventListener('wheel', onWheel, { passive: false })
    return () => element?.removeEventListener('wheel', onWheel)
  }, [scroller])

  const place = (event: PointerEvent): number => {
    const box = event.currentTarget.getBoundingClientRect()
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))
  }
  return {
    view,
    setView,
    width,
    axisProps: {
      axisRef,
      brush,
      onPointerDown: (event) => {
        start.current = place(event)
        event.currentTarget.setPointerCapture(event.pointerId)
      },
      onPointerMove: (event) => {
        if (start.current === undefined) return
        const at = place(event)
        setBrush({ from: Math.min(start.current, at), to: Math.max(start.current, at) })
      },
      onPointerUp: () => {
        start.current = undefined
        if (brush && brush.to - brush.from > SHORTEST_BRUSH) {
          const span = view.to - view.from
          setView({ from: view.from + brush.from * span, to: view.from + brush.to * span })
        }
        setBrush(undefined)
      },
    },
  }
}

/** Left and width of a stretch of the axis in per cent of what is in sight. */
export function percentOf(view: View, fromU: number, toU: number): { left: string; width: string } {
  const left = uToView(view, fromU) * 100
  return { left: `${left}%`, width: `${uToView(view, toU) * 100 - left}%` }
}
