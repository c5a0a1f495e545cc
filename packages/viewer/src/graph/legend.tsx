import type { ReactElement } from 'react'
import type { GraphEdge } from './graph-model.ts'

const ITEMS: ReadonlyArray<{
  text: string
  kind: string
  critical?: boolean
  applies: (edge: GraphEdge) => boolean
}> = [
  { text: 'critical path', kind: 'parent', critical: true, applies: (edge) => edge.critical },
  {
    text: 'parent or link',
    kind: 'link',
    applies: ({ evidence }) => evidence === 'parent' || evidence === 'link',
  },
  {
    text: 'coordinate, message id or key',
    kind: 'coordinate',
    applies: ({ evidence }) => evidence === 'coordinate' || evidence === 'message-id' || evidence === 'key',
  },
  { text: 'flow context', kind: 'flow-context', applies: ({ evidence }) => evidence === 'flow-context' },
  { text: 'guess', kind: 'guess', applies: (edge) => edge.guess },
]

/** How lines tell what proves them; only the kinds that this graph has. */
export function GraphLegend({ edges }: { edges: readonly GraphEdge[] }): ReactElement {
  return (
    <ul className="graph-legend" aria-label="What proves an edge">
      {ITEMS.filter(({ applies }) => edges.some(applies)).map(({ text, kind, critical = false }) => (
        <li key={text}>
          <svg width="26" height="8" aria-hidden="true">
            <path className="route" d="M0,4H26" data-kind={kind} data-critical={critical} />
          </svg>
          {text}
        </li>
      ))}
    </ul>
  )
}
