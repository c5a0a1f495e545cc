import { useMemo, useRef, type ReactElement } from 'react'
import type { Topology } from '@flowstitch/correlator'
import { plural } from '../format/count.ts'
import { Canvas } from '../graph/canvas.tsx'
import type { InputOf } from '../graph/layout.ts'
import { useLayout } from '../graph/use-layout.ts'
import { Notice } from '../ui/notice.tsx'
import { TopologyBox } from './topology-box.tsx'
import { edgeId, shapeOf, sizeOf, topologyInput } from './topology-input.ts'
import '../graph/graph.css'

const NODE_TYPES = { box: TopologyBox }

export default function TopologyGraph({ topology }: { topology: Topology }): ReactElement {
  const { layout, error } = useLayout(useInput(topology))
  const nodes = useMemo(() => {
    return topology.nodes.map((node) => ({
      id: node.id,
      type: 'box' as const,
      ...sizeOf(node),
      data: { node },
    }))
  }, [topology])
  const edges = useMemo(
    () =>
      topology.edges.map((edge) => ({
        id: edgeId(edge),
        from: edge.from,
        to: edge.to,
        kind: 'link',
        critical: false,
        failed: edge.errorCount > 0,
        label: `${plural(edge.count, 'message')}, ${plural(edge.errorCount, 'error')}`,
        width: 1.3 + Math.log10(1 + edge.count) * 0.35,
      })),
    [topology],
  )
  const stops = useMemo(
    () =>
      topology.nodes.map((node) => {
        const at = layout?.positions.get(node.id) ?? { x: 0, y: 0 }
        const { width, height } = sizeOf(node)
        return { id: node.id, x: at.x + width / 2, y: at.y + height / 2 }
      }),
    [topology, layout],
  )
  if (error)
    return (
      <Notice title="The map could not be laid out" role="alert">
        {error.message}
      </Notice>
    )
  if (!layout) return <Notice title="Laying out the map…" />
  return (
    <Canvas
      label={`Map of ${plural(topology.nodes.length, 'node')}`}
      nodes={nodes}
      edges={edges}
      layout={layout}
      nodeTypes={NODE_TYPES}
      stops={stops}
      links={edges}
      selected={undefined}
    />
  )
}

/** The numbers change every few seconds; the layout only when boxes or lines do. */
function useInput(topology: Topology) {
  const latest = useRef(topology)
  latest.current = topology
  const shape = shapeOf(topology)
  return useMemo<InputOf | undefined>(
    () => (shape ? (aspectRatio) => topologyInput(latest.current, aspectRatio) : undefined),
    [shape],
  )
}
