import { useReactFlow } from '@xyflow/react'
import { useShortcuts } from '../ui/use-shortcuts.ts'
import { followEdge, nextStop, type Direction, type Stop } from './navigation.ts'
import { GLIDE_MS, type useSight } from './use-sight.ts'

interface Options {
  stops: readonly Stop[]
  links: ReadonlyArray<{ from: string; to: string; critical: boolean }>
  selected: string | undefined
  sight: ReturnType<typeof useSight>
}

/** The keys of a graph: arrows move the focus along edges and between neighbours, + - 0 zoom. */
export function useWalk({ stops, links, selected, sight }: Options): void {
  const flow = useReactFlow()
  const focus = (id: string): void => {
    sight.show(id)
    const element = sight.elementOf(id)
    if (element) element.focus({ preventScroll: true })
    else setTimeout(() => sight.elementOf(id)?.focus({ preventScroll: true }), GLIDE_MS + 40)
  }
  const walk = (direction: Direction) => (): void => {
    const { activeElement } = document
    const from = (activeElement instanceof HTMLElement && activeElement.dataset['stop']) || selected
    const along = from !== undefined && (direction === 'left' || direction === 'right')
    const next = (along && followEdge(links, from, direction)) || nextStop(stops, from, direction)
    if (next) focus(next)
  }
  useShortcuts({
    ArrowLeft: walk('left'),
    ArrowRight: walk('right'),
    ArrowUp: walk('up'),
    ArrowDown: walk('down'),
    '+': () => void flow.zoomIn({ duration: GLIDE_MS }),
    '=': () => void flow.zoomIn({ duration: GLIDE_MS }),
    '-': () => void flow.zoomOut({ duration: GLIDE_MS }),
    '0': sight.showAll,
  })
}
