import {
  ControlButton,
  Controls,
  MiniMap,
  ReactFlow,
  ReactFlowProvider,
  type Edge,
  type Node,
  type NodeTypes,
} from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import { useMemo, useRef, type ReactElement, type ReactNode } from 'react'
import { FitIcon } from '../ui/icons.tsx'
import { RouteEdge, RouteMarkers, type RouteData } from './route-edge.tsx'
import type { Layout } from './layout.ts'
import type { Stop } from './navigation.ts'
import { roundedPath } from './route.ts'
import { useSight } from './use-sight.ts'
import { useWalk } from './use-walk.ts'

const EDGE_TYPES = { route: RouteEdge }
const MANY_NODES = 120
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
  const placed = useMemo(() => placeNodes(nodes, layout), [nodes, layout])
  const routed = useMemo(() => routeEdges(edges, layout), [edges, layout])
  const sight = useSight(frame, layout, stops, selected)
  useWalk({ stops, links, selected, sight })
  return (
    <div ref={frame} className="graph" role="group" aria-label={label}>
      <RouteMarkers />
      <ReactFlow
        nodes={placed}
        edges={routed}
        nodeTypes={nodeTypes}
        edgeTypes={EDGE_TYPES}
        onMoveStart={sight.onMoveStart}
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
        <Controls showInteractive={false} showFitView={false}>
          <ControlButton onClick={sight.showAll} title="Everything (0)" aria-label="Show everything">
            <FitIcon />
          </ControlButton>
        </Controls>
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
