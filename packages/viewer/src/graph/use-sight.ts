import { getViewportForBounds, useReactFlow } from '@xyflow/react'
import { useEffect, useRef, type RefObject } from 'react'
import { fitZoom, type Layout } from './layout.ts'
import type { Stop } from './navigation.ts'

/** Room for the legend below. */
const PADDING = { top: '12px', left: '16px', right: '16px', bottom: '52px' } as const
const SMALLEST_ZOOM = 0.05
const LARGEST_FIT = 1.1
/** A graph that would be smaller than this starts at its origin instead, to be moved over. */
const SMALLEST_START = 0.45
const START_ZOOM = 0.75
const LEAST_ZOOM = 0.6

export const GLIDE_MS: number = matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 180

interface Sight {
  /** Moves a stop into sight, unless it is there. */
  show: (id: string) => void
  /** What is drawn at a stop; nothing while it is out of sight in a large graph. */
  elementOf: (id: string) => HTMLElement | null
  onMoveStart: (event: unknown) => void
  showAll: () => void
}

/** What of the graph is in sight: all of it while it grows, until somebody moves it; then what they chose. */
export function useSight(
  frame: RefObject<HTMLElement | null>,
  layout: Layout,
  stops: readonly Stop[],
  selected: string | undefined,
): Sight {
  const flow = useReactFlow()
  const moved = useRef(false)
  const elementOf = (id: string): HTMLElement | null =>
    frame.current?.querySelector<HTMLElement>(`[data-stop="${CSS.escape(id)}"]`) ?? null
  const show = (id: string): void => {
    const stop = stops.find((candidate) => candidate.id === id)
    if (!stop || isInside(elementOf(id), frame.current)) return
    void flow.setCenter(stop.x, stop.y, { zoom: Math.max(flow.getZoom(), LEAST_ZOOM), duration: GLIDE_MS })
  }
  const showAll = (duration = 0): void => {
    const size = frame.current?.getBoundingClientRect()
    if (!size) return
    // Not the library's own fit, which knows boxes but not how far lines swing out.
    const all = { x: 0, y: 0, width: layout.width, height: layout.height }
    const viewport = getViewportForBounds(all, size.width, size.height, SMALLEST_ZOOM, LARGEST_FIT, PADDING)
    void flow.setViewport(viewport, { duration })
  }
  const start = (): void => {
    const size = frame.current?.getBoundingClientRect()
    const [first] = stops
    if (!size || !first) return
    if (fitZoom(layout, size) >= SMALLEST_START) showAll()
    else void flow.setCenter(first.x + size.width / 3 / START_ZOOM, first.y, { zoom: START_ZOOM })
  }
  const latest = useRef({ start, show })
  latest.current = { start, show }

  useEffect(() => {
    if (!moved.current) return afterDrawing(() => latest.current.start())
    return undefined
  }, [layout])
  // A panel may open over what was just selected.
  useEffect(() => {
    if (selected !== undefined) return afterDrawing(() => latest.current.show(selected))
    return undefined
  }, [selected])

  return {
    show,
    elementOf,
    // Moves that this page makes itself come without an event.
    onMoveStart: (event) => {
      moved.current ||= event !== null
    },
    showAll: () => showAll(GLIDE_MS),
  }
}

function afterDrawing(then: () => void): () => void {
  const frame = requestAnimationFrame(then)
  return () => cancelAnimationFrame(frame)
}

function isInside(element: HTMLElement | null, frame: HTMLElement | null): boolean {
  if (!element || !frame) return false
  const inner = element.getBoundingClientRect()
  const outer = frame.getBoundingClientRect()
  return (
    inner.left >= outer.left &&
    inner.right <= outer.right &&
    inner.top >= outer.top &&
    inner.bottom <= outer.bottom
  )
}
