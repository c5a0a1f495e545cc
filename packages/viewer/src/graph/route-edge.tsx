import type { Edge, EdgeProps } from '@xyflow/react'
import { memo, type ReactElement } from 'react'

export interface RouteData extends Record<string, unknown> {
  path: string
  /** What proves the edge; `guess` for inferred and may-cause. */
  kind: string
  critical: boolean
  failed: boolean
  label?: string | undefined
  width?: number | undefined
}

export const RouteEdge = memo(function RouteEdge({ data }: EdgeProps<Edge<RouteData>>): ReactElement | null {
  if (!data) return null
  const { path, kind, critical, failed, label, width } = data
  const marker = critical ? 'critical' : failed ? 'failed' : 'plain'
  return (
    <path
      className="route"
      d={path}
      data-kind={kind}
      data-critical={critical}
      data-failed={failed}
      markerEnd={`url(#arrow-${marker})`}
      style={width === undefined ? undefined : { strokeWidth: width }}
    >
      {label && <title>{label}</title>}
    </path>
  )
})

export function RouteMarkers(): ReactElement {
  return (
    <svg className="route-markers" aria-hidden="true">
      <defs>
        {['plain', 'critical', 'failed'].map((name) => (
          <marker
            key={name}
            id={`arrow-${name}`}
            className={`arrow-${name}`}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="8"
            markerHeight="8"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0.5 0.8L7.5 4L0.5 7.2z" />
          </marker>
        ))}
      </defs>
    </svg>
  )
}
