import type { Topology, TopologyEdge, TopologyNode } from '@flowstitch/correlator'
import type { Paint } from './style.ts'
import { renderTable } from './table.ts'
import type { Column } from './table.ts'
import { piece } from './text.ts'
import type { Piece } from './text.ts'
import { formatDuration } from './time.ts'

const percentiles = ['p50', 'p90', 'p99'] as const

/** The map as its edges, in the order in which things move: what sends to what, and how long it waits there. */
export function renderTopology({ nodes, edges }: Topology, width: number, paint: Paint): string {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const columns: Column<TopologyEdge>[] = [
    { title: 'from', flexible: true, cell: ({ from }) => nodePiece(byId.get(from), from) },
    { title: '', cell: () => piece('→', 'faint') },
    { title: 'to', flexible: true, cell: ({ to }) => nodePiece(byId.get(to), to) },
    { title: 'count', align: 'right', cell: ({ count }) => piece(String(count)) },
    {
      title: 'errors',
      align: 'right',
      cell: ({ errorCount }) => piece(String(errorCount), errorCount > 0 ? 'bad' : 'faint'),
    },
    ...percentiles.map((name): Column<TopologyEdge> => ({
      title: `wait ${name}`,
      align: 'right',
      cell: ({ dwellMs }) => piece(dwellMs ? formatDuration(dwellMs[name]) : '', 'waiting'),
    })),
  ]
  return renderTable(edges, columns, width, paint)
}

function nodePiece(node: TopologyNode | undefined, id: string): Piece {
  if (!node) return piece(id)
  if (node.kind === 'destination') return piece(`⇢ ${node.system ?? ''} ${node.name}`, 'message')
  return node.kind === 'consumer-group' ? piece(`group ${node.name}`, 'faint') : piece(node.name, 'strong')
}
