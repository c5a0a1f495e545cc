import { useMemo, type ReactElement } from 'react'
import type { Topology, TopologyEdge } from '@flowstitch/correlator'
import { CoverageNote } from '../destinations/coverage-note.tsx'
import { formatCount } from '../format/count.ts'
import { formatDuration } from '../format/duration.ts'

/** The same as the map, in numbers; the busiest first. */
export function EdgeTable({ topology }: { topology: Topology }): ReactElement {
  const names = useMemo(() => new Map(topology.nodes.map(({ id, name }) => [id, name])), [topology])
  const edges = [...topology.edges].sort((a, b) => b.errorCount - a.errorCount || b.count - a.count)
  return (
    <div className="page topology-edges">
      <CoverageNote coverage={topology} />
      <table className="report">
        <thead>
          <tr>
            <th>From</th>
            <th>To</th>
            <th className="number">Count</th>
            <th className="number">Errors</th>
            <th className="number">In queue, p50</th>
            <th className="number">p90</th>
            <th className="number">p99</th>
          </tr>
        </thead>
        <tbody>
          {edges.map((edge) => (
            <tr key={`${edge.from}>${edge.to}`}>
              <td>{names.get(edge.from) ?? edge.from}</td>
              <td>{names.get(edge.to) ?? edge.to}</td>
              <td className="number">{formatCount(edge.count)}</td>
              <td className="number" data-errors={edge.errorCount > 0}>
                {formatCount(edge.errorCount)}
              </td>
              <Dwell edge={edge} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Dwell({ edge: { dwellMs } }: { edge: TopologyEdge }): ReactElement {
  const values = [dwellMs?.p50, dwellMs?.p90, dwellMs?.p99]
  return (
    <>
      {['p50', 'p90', 'p99'].map((name, position) => {
        const ms = values[position]
        return (
          <td key={name} className="number">
            {ms === undefined ? <span className="muted">–</span> : formatDuration(ms)}
          </td>
        )
      })}
    </>
  )
}
