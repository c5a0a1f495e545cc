import type { ElkNode } from 'elkjs/lib/elk-api.js'
import type { Topology, TopologyNode } from '@flowstitch/correlator'
import { wrapping } from '../graph/wrapping.ts'

const SIZES: Record<TopologyNode['kind'], { width: number; height: number }> = {
  service: { width: 168, height: 40 },
  destination: { width: 168, height: 44 },
  'consumer-group': { width: 150, height: 34 },
}

export function sizeOf(node: TopologyNode): { width: number; height: number } {
  return SIZES[node.kind]
}

/** What the layout engine needs to know of the map. */
export function topologyInput(topology: Topology, aspectRatio?: number): ElkNode {
  const known = new Set(topology.nodes.map(({ id }) => id))
  return {
    id: 'topology',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'RIGHT',
      'elk.edgeRouting': 'ORTHOGONAL',
      'elk.spacing.nodeNode': '26',
      'elk.layered.spacing.nodeNodeBetweenLayers': '56',
      'elk.layered.spacing.edgeNodeBetweenLayers': '18',
      'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
      ...wrapping(aspectRatio),
    },
    children: topology.nodes.map((node) => ({ id: node.id, ...sizeOf(node) })),
    edges: topology.edges
      .filter(({ from, to }) => known.has(from) && known.has(to))
      .map(({ from, to }) => ({ id: edgeId({ from, to }), sources: [from], targets: [to] })),
  }
}

export function edgeId({ from, to }: { from: string; to: string }): string {
  return `${from}>${to}`
}

/** Whether two maps have the same boxes and lines, so that new numbers alone don't move anything. */
export function shapeOf({ nodes, edges }: Topology): string {
  return JSON.stringify([nodes.map(({ id }) => id).sort(), edges.map(edgeId).sort()])
}
