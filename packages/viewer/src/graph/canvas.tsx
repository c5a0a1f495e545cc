import {
  Controls,
  MiniMap,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  type Edge,
  type Node,
  type NodeTypes,
} from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import { useEffect, useMemo, useRef, type KeyboardEvent, type ReactElement, type ReactNode } from 'react'
import { useShortcuts } from '../ui/use-shortcuts.ts'
import { RouteEdge, RouteMarkers, type RouteData } from './route-edge.tsx'
import { fitZoom, type Layout } from './layout.ts'
import { followEdge, nextStop, type Direction, type Stop } from './navigation.ts'
import { roundedPath } from './route.ts'

const EDGE_TYPES = { route: RouteEdge }
const MANY_NODES = 120
/** Room for the legend below. */
const FIT = {
  padding: { top: '20px', left: '24px', right: '24px', bottom: '56px' },
  maxZoom: 1.1,
} as const
/** A graph that would be smaller than this starts at its origin instead, to be moved over. */
const SMALLEST_START = 0.45
const START_ZOOM = 0.75

const DIRECTIONS: Record<string, Direction> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
}

export type CanvasNode = Omit<Node, 'position'> & { width: number; height: number }

/** An edge between two stops; `kind` chooses its style. */
export interface CanvasEdge {
  id: string
  from: string
  to: string
  kind: string
  critical: boolean
  failed: boolean
  label?: string | undefined
  width?: number
}

interface Props {
  label: string
  nodes: readonly CanvasNode[]
  edges: readonly CanvasEdge[]
  layout: Layout
  nodeTypes: NodeTypes
  stops: readonly Stop[]
  links: ReadonlyArray<{ from: string; to: string; critical: boolean }>
  selected: string | undefined
  children?: ReactNode
}

/** Boxes and lines at the places that the layout gave them, to look at, move over and walk through by keyboard. */
export function Canvas(props: Props): ReactElement {
  return (
    <ReactFlowProvider>
      <Drawing {...props} />
    </ReactFlowProvider>
  )
}

function Drawing({ label, nodes, edges, layout, nodeTypes, stops, links, selected, children }: Props) {
  const frame = useRef<HTMLDivElement>(null)
  const flow = useReactFlow()
  const placed = useMemo(() => placeNodes(nodes, layout), [nodes, layout])
  const routed = useMemo(() => routeEdges(edges, layout), [edges, layout])
  const elementOf = (id: string): HTMLElement | null =>
    frame.current?.querySelector<HTMLElement>(`[data-stop="${CSS.escape(id)}"]`) ?? null
  const bringIntoSight = (id: string): void => {
    const stop = stops.find((candidate) => candidate.id === id)
    if (!stop || isInSight(elementOf(id), frame.current)) return
    void flow.setCenter(stop.x, stop.y, { zoom: Math.max(flow.getZoom(), 0.6), duration: 180 })
  }
  const focus = (id: string): void => {
    bringIntoSight(id)
    // Boxes out of sight may not be drawn; they are soon after they came into it.
    const element = elementOf(id)
    if (element) element.focus({ preventScroll: true })
    else setTimeout(() => elementOf(id)?.focus({ preventScroll: true }), 220)
  }
  const current = (): string | undefined => {
    const { activeElement } = document
    return (activeElement instanceof HTMLElement && activeElement.dataset['stop']) || selected
  }
  const move = (direction: Direction): void => {
    const from = current()
    if (from === undefined) return focusFirst()
    const along =
      direction === 'left' || direction === 'right' ? followEdge(links, from, direction) : undefined
    const next = along ?? nextStop(stops, from, direction)
    if (next) focus(next)
  }
  const focusFirst = (): void => {
    const [first] = stops
    if (first) focus(first.id)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const direction = DIRECTIONS[event.key]
    if (!direction || event.shiftKey) return
    event.preventDefault()
    move(direction)
  }
  const start = (): void => {
    const frameSize = frame.current?.getBoundingClientRect()
    const [first] = stops
    if (!frameSize || !first) return
    if (fitZoom(layout, frameSize) >= SMALLEST_START) void flow.fitView(FIT)
    else void flow.setCenter(first.x + frameSize.width / 3 / START_ZOOM, first.y, { zoom: START_ZOOM })
  }
  // A panel may open over what was just selected.
  useEffect(() => {
    if (selected === undefined) return undefined
    const frameId = requestAnimationFrame(() => bringIntoSight(selected))
    return () => cancelAnimationFrame(frameId)
  }, [selected])
  useShortcuts({
    ...Object.fromEntries(Object.entries(DIRECTIONS).map(([key, direction]) => [key, () => move(direction)])),
    '+': () => void flow.zoomIn({ duration: 120 }),
    '=': () => void flow.zoomIn({ duration: 120 }),
    '-': () => void flow.zoomOut({ duration: 120 }),
    '0': () => void flow.fitView({ ...FIT, duration: 180 }),
  })
  return (
    <div ref={frame} className="graph" role="group" aria-label={label} onKeyDown={onKeyDown}>
      <RouteMarkers />
      <ReactFlow
        nodes={placed}
        edges={routed}
        nodeTypes={nodeTypes}
        edgeTypes={EDGE_TYPES}
        onInit={start}
        minZoom={0.05}
        maxZoom={2}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        zoomOnDoubleClick={false}
        onlyRenderVisibleElements={nodes.length > MANY_NODES}
        proOptions={{ hideAttribution: true }}
      >
        <Controls showInteractive={false} fitViewOptions={FIT} />
        {nodes.length > 24 && <MiniMap pannable zoomable ariaLabel="Overview" />}
      </ReactFlow>
      {children}
    </div>
  )
}

/** Boxes that are newer than the layout wait for the next one. */
function placeNodes(nodes: readonly CanvasNode[], layout: Layout): Node[] {
  return nodes.flatMap((node) => {
    const position = layout.positions.get(node.id)
    return position ? [{ ...node, position }] : []
  })
}

/** React Flow only needs to know which boxes a line joins; where it runs is the layout's doing. */
function routeEdges(edges: readonly CanvasEdge[], layout: Layout): Array<Edge<RouteData>> {
  return edges.flatMap(({ id, kind, critical, failed, label, width }) => {
    const points = layout.routes.get(id)
    const ends = layout.ends.get(id)
    if (!points || !ends) return []
    const data: RouteData = { path: roundedPath(points), kind, critical, failed, label, width }
    return [{ id, source: ends.from, target: ends.to, type: 'route', data, zIndex: critical ? 1 : 0 }]
  })
}

function isInSight(element: HTMLElement | null | undefined, frame: HTMLElement | null): boolean {
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
